#include "net/loopback_transport.h"

#include <doctest/doctest.h>

#include <cmath>
#include <set>
#include <thread>

#include "net/video_stream.h"
#include "support/video_packets.h"

using namespace earthshine;
using vectors::Bytes;

namespace {

constexpr Nanoseconds kSecond = 1'000'000'000;

std::size_t drain(DatagramSource& source, const DatagramSource::OnDatagram& on_datagram,
                  Nanoseconds wait = 0) {
  const auto received = source.receive(on_datagram, now() + wait);
  REQUIRE(received.ok());
  return received.value();
}

/// A host and a receiver in one thread each, with memory between them.
struct Run {
  Run(const LoopbackSettings& settings, const VideoStreamOptions& stream_options,
      const ReorderTolerance& tolerance)
      : loopback(settings),
        receiver({.packet_size = static_cast<std::size_t>(stream_options.packet_size),
                  .key = stream_options.key,
                  .tolerance = tolerance},
                 heard) {
    counters.video_frame = 1;
    stream.emplace(stream_options, counters);
    stream->set_transport(loopback.transport());
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
    drain(*loopback.source(), [this](std::span<std::uint8_t> datagram, Nanoseconds arrived) {
      receiver.push(datagram, arrived);
    });
    receiver.expire(now());
  }

  Loopback loopback;
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

TEST_CASE("loopback: datagrams come out as they went in, and a full queue loses and counts") {
  Loopback loopback({.largest = 100, .capacity = 4});
  const Bytes bytes = vectors::generated(1, 600);
  loopback.transport()->send_equal(bytes.data(), 100, 6);
  loopback.transport()->send_equal(bytes.data(), 101, 1);
  std::vector<Bytes> got;
  const auto keep = [&](std::span<std::uint8_t> datagram, Nanoseconds) {
    got.emplace_back(datagram.begin(), datagram.end());
  };
  CHECK(drain(*loopback.source(), keep) == 4);
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(std::equal(got[i].begin(), got[i].end(), &bytes[100 * i]));
  }
  CHECK(loopback.source()->counts().overflowed == 2);
  CHECK(loopback.source()->counts().oversized == 1);
  CHECK(loopback.transport()->counts().packets == 7);
  CHECK(std::string(loopback.transport()->method_name()) == "loopback");
  CHECK(drain(*loopback.source(), keep, kSecond / 100) == 0);
}

TEST_CASE("loopback: a datagram takes its time, and stopping wakes who waits") {
  Loopback loopback({.largest = 10, .delay = kSecond / 50});
  const Bytes bytes(10);
  const Nanoseconds sent = now();
  loopback.transport()->send_equal(bytes.data(), 10, 1);
  Nanoseconds stamped = 0;
  CHECK(drain(
            *loopback.source(), [&](auto, Nanoseconds arrived) { stamped = arrived; }, kSecond) ==
        1);
  CHECK(now() - sent >= kSecond / 50);
  CHECK(stamped - sent >= kSecond / 50);
  std::thread stopper([&] { loopback.stop(); });
  CHECK(drain(
            *loopback.source(), [](auto, auto) {}, 60 * kSecond) == 0);
  stopper.join();
}

TEST_CASE("loopback: some datagrams take longer, and all come when they are due") {
  constexpr std::uint32_t kSent = 2000;
  constexpr Nanoseconds kDelay = kSecond / 20;
  const auto run = [&] {
    LoopbackSettings settings{.largest = 4};
    settings.impairment.packets = {.delayed = 25, .delay = kDelay, .seed = 9};
    Loopback loopback(settings);
    for (std::uint32_t i = 0; i < kSent; ++i) {
      std::array<std::uint8_t, 4> bytes;
      std::memcpy(bytes.data(), &i, 4);
      loopback.transport()->send_equal(bytes.data(), 4, 1);
    }
    std::vector<std::uint32_t> order;
    Nanoseconds last = 0;
    while (order.size() < kSent) {
      const std::size_t before = order.size();
      drain(
          *loopback.source(),
          [&](std::span<std::uint8_t> datagram, Nanoseconds due) {
            std::memcpy(&order.emplace_back(), datagram.data(), 4);
            CHECK(due >= last);
            CHECK(due <= now());
            last = due;
          },
          60 * kSecond);
      REQUIRE(order.size() > before);
    }
    CHECK(loopback.counts().delayed > 400);
    CHECK(loopback.counts().delayed < 600);
    std::set<std::uint32_t> late;
    std::uint32_t newest = 0;
    for (const std::uint32_t number : order) {
      if (number < newest) late.insert(number);
      newest = std::max(newest, number);
    }
    CHECK(late.size() <= loopback.counts().delayed);
    CHECK(std::set<std::uint32_t>(order.begin(), order.end()).size() == kSent);
    return late.size();
  };
  // On a machine that is never busy for so long they come behind all others.
  std::size_t most = 0;
  for (int i = 0; i < 20 && most < 400; ++i) most = std::max(most, run());
  CHECK(most > 400);
}

TEST_CASE("impaired link: the shares are as wanted, and the same in every run") {
  const auto run = [](std::uint64_t seed) {
    ImpairedLink link({.packets = {.drop = 5, .duplicate = 3, .reorder = 2, .seed = seed}}, 4);
    std::vector<std::uint32_t> order;
    for (std::uint32_t i = 0; i < 20'000; ++i) {
      std::array<std::uint8_t, 4> bytes;
      std::memcpy(bytes.data(), &i, 4);
      link.pass(bytes, 0, [&](std::span<std::uint8_t> datagram, Nanoseconds) {
        std::memcpy(&order.emplace_back(), datagram.data(), 4);
        // Whoever gets one may spoil it.
        std::fill(datagram.begin(), datagram.end(), 0xEE);
      });
    }
    const LinkCounts& counts = link.counts();
    CHECK(std::abs(static_cast<double>(counts.dropped) - 1000) < 150);
    CHECK(std::abs(static_cast<double>(counts.duplicated) - 570) < 120);
    CHECK(std::abs(static_cast<double>(counts.reordered) - 380) < 100);
    const std::set<std::uint32_t> different(order.begin(), order.end());
    CHECK(order.size() == different.size() + counts.duplicated);
    CHECK(different.size() >= 20'000 - counts.dropped - 3);
    CHECK(*different.rbegin() < 20'000);
    return order;
  };
  CHECK(run(5) == run(5));
  CHECK(run(5) != run(6));
}

TEST_CASE("impaired link: nothing passes in a blackout, and what follows is not shifted") {
  const auto run = [](Nanoseconds blackout) {
    ImpairedLink link(
        {.packets = {.drop = 20, .seed = 3}, .blackout_after = 100, .blackout = blackout}, 1);
    std::vector<Nanoseconds> passed;
    std::array<std::uint8_t, 1> byte{};
    for (Nanoseconds time = 1000; time < 2000; ++time) {
      link.pass(byte, time, [&](auto, Nanoseconds at) { passed.push_back(at); });
    }
    return passed;
  };
  auto whole = run(0);
  std::erase_if(whole, [](Nanoseconds time) { return time >= 1100 && time < 1400; });
  CHECK(run(300) == whole);
}

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
    CHECK(counters.packets == run.loopback.transport()->counts().packets);
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
    LoopbackSettings settings;
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
    CHECK(run.loopback.counts().dropped > 200);
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
    LoopbackSettings settings;
    settings.impairment.packets = {.duplicate = 2, .reorder = 3, .distance = 3, .seed = 23};
    // On a busy machine the frames come late; what waits for them has to.
    Run run(settings, unpaced(sealed), {.packets = 64, .time = 60 * kSecond});
    constexpr std::uint32_t kFrames = 600;
    for (std::uint32_t index = 1; index <= kFrames; ++index) {
      run.frame(vectors::generated(index, size_of(index)), type_of(index));
    }
    run.frame(vectors::generated(1, 20'000), FrameType::kPredicted);
    CHECK(run.loopback.counts().reordered > 50);
    CHECK(run.loopback.counts().duplicated > 30);
    CHECK(run.heard.lost.empty());
    REQUIRE(run.heard.frames.size() >= kFrames);
    for (std::uint32_t index = 1; index <= kFrames; ++index) {
      REQUIRE(run.heard.frames[index - 1].about.index == index);
      REQUIRE(run.heard.frames[index - 1].bytes == vectors::generated(index, size_of(index)));
    }
    CHECK(run.heard.codes().empty());
    CHECK(run.receiver.counters().duplicates == run.loopback.counts().duplicated);
  }
}

TEST_CASE("host and receiver: in a blackout frames are lost, said so, and it goes on behind it") {
  LoopbackSettings settings;
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
  CHECK(run.loopback.counts().blacked_out > 0);
  const auto counters = run.receiver.counters();
  CHECK(counters.frames > 0);
  CHECK(counters.assembly.lost_frames > 0);
  CHECK(counters.frames + counters.assembly.lost_frames == index);
  CHECK(run.heard.codes().empty());
}
