#include <doctest/doctest.h>

#include <cmath>
#include <set>
#include <thread>

#include "net/video_stream.h"
#include "support/memory_wire.h"
#include "support/video_packets.h"

using namespace earthshine;
using test::drain;
using test::MemoryWire;
using test::MemoryWireSettings;
using vectors::Bytes;

namespace {

constexpr Nanoseconds kSecond = 1'000'000'000;

/// A host and a receiver in one thread each, with memory between them.
struct Run {
  Run(const MemoryWireSettings& settings, const VideoStreamOptions& stream_options,
      const ReorderTolerance& tolerance)
      : wire(settings),
        receiver({.packet_size = static_cast<std::size_t>(stream_options.packet_size),
                  .key = stream_options.key,
                  .tolerance = tolerance},
                 heard) {
    counters.video_frame = 1;
    stream.emplace(stream_options, counters);
    stream->set_transport(wire.transport());
  }

  /// Sends a frame and receives what of it arrives.
  void frame(const Bytes& picture, FrameType type) {
    REQUIRE(stream->submit({picture, type, now(), false}));
    ++submitted;
    // Until the send thread has done with it; the queue holds the largest frame.
    while (stream->take_statistics().frames_sent == 0) {
      receive();
      std::this_thread::yield();
    }
    receive();
  }
  void receive() {
    drain(*wire.source(), [this](std::span<std::uint8_t> datagram, Nanoseconds arrived) {
      receiver.push(datagram, arrived);
    });
    receiver.expire(now());
  }

  MemoryWire wire;
  CounterSlot counters{};
  test::Heard heard;
  VideoReceiver receiver;
  std::optional<VideoStream> stream;
  std::uint32_t submitted = 0;
};

VideoStreamOptions unpaced(bool sealed, int packet_size = 1392) {
  VideoStreamOptions options;
  options.packet_size = packet_size;
  options.pacing = PacingMode::kOff;
  if (sealed) options.key = vectors::key("000102030405060708090a0b0c0d0e0f");
  return options;
}

FrameType type_of(std::uint32_t index) {
  return index == 1 ? FrameType::kIdr : FrameType::kPredicted;
}

/// 1 to 30,000 bytes, most of them small.
std::size_t size_of(std::uint32_t index) {
  return 1 + (index * index * 37 + index * 11) % (index % 10 == 0 ? 30'000 : 3'000);
}

}  // namespace

TEST_CASE("host and receiver: every frame of 1000 comes back as it was") {
  for (const bool sealed : {false, true}) {
    CAPTURE(sealed);
    Run run({}, unpaced(sealed), {});
    for (std::uint32_t index = 1; index <= 1000; ++index) {
      const Bytes picture = vectors::generated(index, size_of(index));
      run.frame(picture, type_of(index));
      REQUIRE(run.heard.frames.size() == index);
      REQUIRE(run.heard.frames.back().bytes == picture);
      REQUIRE(run.heard.frames.back().about.type == type_of(index));
    }
    CHECK(run.heard.codes().empty());
    CHECK(run.heard.damaged.empty());
    const auto counters = run.receiver.counters();
    CHECK(counters.missing_packets == 0);
    CHECK(counters.out_of_order == 0);
    CHECK(counters.assembly.parity_first == 0);
    CHECK(counters.packets == run.wire.transport()->counts().packets);
  }
}

TEST_CASE("host and receiver: frames from 1 byte to four full blocks, in small and large packets") {
  for (const int packet_size : {64, 1024, 1392}) {
    CAPTURE(packet_size);
    const auto payload = static_cast<std::size_t>(packet_size - 16);
    Run run({}, unpaced(packet_size == 1024, packet_size), {});
    // At 20 % a block takes 212 data shards, and four take 1023 each without parity.
    std::uint32_t index = 0;
    for (const std::size_t bytes :
         {std::size_t{1}, payload - 9, payload - 8, payload - 7, 2 * payload, 211 * payload,
          212 * payload - 8, 212 * payload, 848 * payload - 8, 900 * payload}) {
      CAPTURE(bytes);
      const Bytes picture = vectors::generated(++index, bytes);
      run.frame(picture, type_of(index));
      REQUIRE(run.heard.frames.size() == index);
      REQUIRE(run.heard.frames.back().bytes == picture);
    }
    CHECK(run.heard.codes().empty());
    CHECK(run.heard.lost.empty());
  }
}

TEST_CASE("host and receiver: of 2 % loss parity recovers what arithmetic says") {
  for (const bool sealed : {false, true}) {
    CAPTURE(sealed);
    MemoryWireSettings settings;
    settings.impairment.packets = {.drop = 2, .seed = 17};
    Run run(settings, unpaced(sealed), {});
    constexpr std::uint32_t kFrames = 1000;
    // 12 data and 3 parity packets: a frame is lost when more than three of fifteen are.
    const std::size_t bytes = 12 * 1376 - 100;
    for (std::uint32_t index = 1; index <= kFrames; ++index) {
      run.frame(vectors::generated(index, bytes), type_of(index));
    }
    for (const auto& frame : run.heard.frames) {
      REQUIRE(frame.bytes == vectors::generated(frame.about.index, bytes));
    }
    double lost = 0, damaged = 0;
    for (int n = 0; n <= 15; ++n) {
      const double chance = std::tgamma(16) / (std::tgamma(n + 1) * std::tgamma(16 - n)) *
                            std::pow(0.02, n) * std::pow(0.98, 15 - n);
      if (n > 3) lost += chance;
      if (n > 0) damaged += chance;
    }
    const auto counters = run.receiver.counters();
    CHECK(run.wire.counts().dropped > 200);
    // 0.2 frames in a thousand; five would be a fault.
    CHECK(static_cast<double>(counters.assembly.lost_frames) <= lost * kFrames + 5);
    // A loss among the data alone makes a block need parity: less than `damaged`, far from none.
    const auto recovered = static_cast<double>(counters.assembly.recovered_blocks);
    const double data_damaged = 1 - std::pow(0.98, 12);
    CHECK(data_damaged < damaged);
    CHECK(std::abs(recovered - data_damaged * kFrames) < 60);
    CHECK(counters.frames + counters.assembly.lost_frames >= kFrames - 1);
    CHECK(run.heard.codes().empty());
  }
}

TEST_CASE("host and receiver: nothing is lost to reordering and doubling") {
  for (const bool sealed : {false, true}) {
    CAPTURE(sealed);
    MemoryWireSettings settings;
    settings.impairment.packets = {.duplicate = 2, .reorder = 3, .distance = 3, .seed = 23};
    // On a busy machine the frames come late; what waits for them has to.
    Run run(settings, unpaced(sealed), {.packets = 64, .time = 60 * kSecond});
    constexpr std::uint32_t kFrames = 600;
    for (std::uint32_t index = 1; index <= kFrames; ++index) {
      run.frame(vectors::generated(index, size_of(index)), type_of(index));
    }
    run.frame(vectors::generated(1, 20'000), FrameType::kPredicted);
    CHECK(run.wire.counts().reordered > 50);
    CHECK(run.wire.counts().duplicated > 30);
    CHECK(run.heard.lost.empty());
    REQUIRE(run.heard.frames.size() >= kFrames);
    for (std::uint32_t index = 1; index <= kFrames; ++index) {
      REQUIRE(run.heard.frames[index - 1].about.index == index);
      REQUIRE(run.heard.frames[index - 1].bytes == vectors::generated(index, size_of(index)));
    }
    CHECK(run.heard.codes().empty());
    CHECK(run.receiver.counters().duplicates == run.wire.counts().duplicated);
  }
}

TEST_CASE("host and receiver: in a blackout frames are lost, said so, and it goes on behind it") {
  MemoryWireSettings settings;
  // From right behind the first packets on, so that even a busy machine sends into it.
  settings.impairment.blackout_after = 1;
  settings.impairment.blackout = kSecond * 3 / 10;
  Run run(settings, unpaced(true), {});
  std::uint32_t index = 0;
  const auto send = [&] {
    ++index;
    run.frame(vectors::generated(index, 2000), type_of(index));
  };
  send();
  const Nanoseconds begun = now();
  while (now() - begun < kSecond / 3) {
    send();
    // Half of all sequence numbers in the dark would look like a step back.
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  // Surely behind it.
  send();
  CHECK(run.wire.counts().blacked_out > 0);
  const auto counters = run.receiver.counters();
  CHECK(counters.frames > 0);
  CHECK(counters.assembly.lost_frames > 0);
  CHECK(counters.frames + counters.assembly.lost_frames == index);
  CHECK(run.heard.codes().empty());
}
