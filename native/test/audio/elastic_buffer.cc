#include "audio/elastic_buffer.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>

using earthshine::ElasticBuffer;

namespace {

constexpr double kStep = 0.05;  // radians per frame: 382 Hz

earthshine::Nanoseconds at(double frames) {
  return static_cast<earthshine::Nanoseconds>(frames / 48'000 * 1e9);
}

/// A server with a clock of its own against a reader on the packet clock, in simulated time.
struct Simulation {
  ElasticBuffer buffer;
  int channels, packet, portion;
  /// the server's rate over 48 kHz
  double rate;
  /// how late a portion or a read may be, in frames
  double jitter = 0;
  double largest_edge = 0;
  double largest_deviation = 0;
  std::uint64_t silent = 0;
  std::size_t highest_fill = 0;

  Simulation(int channels, int packet, int portion, double rate)
      : buffer(channels, packet),
        channels(channels),
        packet(packet),
        portion(portion),
        rate(rate) {}

  void run(double seconds, bool measured) {
    std::vector<float> in(static_cast<std::size_t>(portion * channels));
    std::vector<float> out(static_cast<std::size_t>(packet * channels));
    const double end = time_ + seconds * 48'000;
    while (time_ < end) {
      const double write_at = next_write_ + late_write_;
      const double read_at = next_read_ + late_read_;
      time_ = std::min(write_at, read_at);
      if (write_at <= read_at) {
        for (int frame = 0; frame < portion; ++frame) {
          for (int channel = 0; channel < channels; ++channel) {
            in[static_cast<std::size_t>(frame * channels + channel)] =
                static_cast<float>(std::sin(phase_) / (channel + 1));
          }
          phase_ += kStep;
        }
        buffer.write(in, at(time_));
        next_write_ += portion / rate;
        late_write_ = jitter * uniform_(random_);
        continue;
      }
      if (!buffer.read(out, at(time_)) && measured) ++silent;
      next_read_ += packet;
      late_read_ = jitter * uniform_(random_);
      if (!measured) continue;
      highest_fill = std::max(highest_fill, buffer.fill());
      for (int frame = 0; frame < packet; ++frame) {
        const double sample = out[static_cast<std::size_t>(frame * channels)];
        largest_edge = std::max(largest_edge, std::abs(sample - previous_));
        previous_ = sample;
        if (channels < 2) continue;
        const double second = out[static_cast<std::size_t>(frame * channels + 1)];
        largest_deviation = std::max(largest_deviation, std::abs(second - sample / 2));
      }
    }
  }

 private:
  std::mt19937 random_{3};
  std::uniform_real_distribution<double> uniform_{0, 1};
  double time_ = 0, next_write_ = 0, next_read_ = 17, late_write_ = 0, late_read_ = 0, phase_ = 0;
  double previous_ = 0;
};

}  // namespace

TEST_CASE("a server's clock that is too fast or too slow is followed without a gap or an edge") {
  for (const double drift : {-500e-6, -60e-6, 0.0, 60e-6, 500e-6}) {
    for (const int portion : {64, 240, 256, 1024}) {
      for (const int packet : {240, 480}) {
        CAPTURE(drift);
        CAPTURE(portion);
        CAPTURE(packet);
        Simulation simulation(2, packet, portion, 1 + drift);
        simulation.run(3, false);
        simulation.run(0.02, true);  // the first step from an unmeasured sample
        simulation.largest_edge = 0;
        simulation.run(40, true);
        CHECK(simulation.silent == 0);
        CHECK(simulation.largest_deviation < 1e-4);  // channels stay together
        // A sine of this frequency moves by at most kStep from frame to frame.
        CHECK(simulation.largest_edge < kStep * 1.02);
        // One portion, one packet, the margin and the dead band: no latency piles up.
        CHECK(simulation.highest_fill < static_cast<std::size_t>(portion + packet + 96 + 160));
      }
    }
  }
}

TEST_CASE("late wake-ups of either side cost delay and not sound") {
  Simulation simulation(1, 240, 256, 1.0001);
  simulation.jitter = 300;  // 6 ms
  simulation.run(10, false);
  const auto before = simulation.buffer.underruns();
  simulation.run(20, true);
  CHECK(simulation.buffer.underruns() - before <= 3);
}

TEST_CASE("a surplus is spliced out, a pause is silence, and both leave no lasting delay") {
  ElasticBuffer buffer(1, 240);
  double time = 0;
  std::vector<float> packet(240);
  const std::vector<float> constant(240, 0.5F);
  for (int turn = 0; turn < 4; ++turn) buffer.write(constant, at(time));
  CHECK(buffer.read(packet, at(time += 240)));
  CHECK(packet.front() == 0.0F);  // faded in
  CHECK(packet.back() == 0.5F);

  for (int turn = 0; turn < 40; ++turn) buffer.write(constant, at(time));  // 200 ms in one burst
  for (int turn = 0; turn < 120; ++turn) {
    buffer.write(constant, at(time));
    REQUIRE(buffer.read(packet, at(time += 240)));
    CHECK(packet[100] == doctest::Approx(0.5F));
  }
  CHECK(buffer.fill() < 240 + 240 + 96 + 48);

  while (buffer.read(packet, at(time += 240))) {
  }
  CHECK(packet.back() == 0.0F);
  CHECK(buffer.underruns() == 1);
  for (int turn = 0; turn < 20; ++turn) {
    CHECK_FALSE(buffer.read(packet, at(time += 240)));
    CHECK(std::all_of(packet.begin(), packet.end(), [](float sample) { return sample == 0.0F; }));
  }
  CHECK(buffer.underruns() == 1);
}

TEST_CASE("a writer without a reader drops what does not fit") {
  ElasticBuffer buffer(8, 240);
  const std::vector<float> portion(8 * 1024);
  for (int turn = 0; turn < 100; ++turn) buffer.write(portion, at(turn * 1024));
  CHECK(buffer.fill() == 16'384);
}
