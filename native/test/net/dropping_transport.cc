#include "net/dropping_transport.h"

#include <doctest/doctest.h>

#include <memory>

#include "net/video_stream.h"
#include "packet/frame_plan.h"
#include "support/recording_transport.h"
#include "support/vectors.h"

using namespace earthshine;
using test::RecordingTransport;

TEST_CASE("dropping transport: loses what its settings say, keeps the order of the rest") {
  const ImpairmentSettings settings{.drop = 10, .burst = 4, .seed = 9};
  const auto below = std::make_shared<RecordingTransport>();
  DroppingTransport transport(below, settings);
  Impairment expected(settings);
  constexpr std::size_t kSize = 16, kRun = 50, kRuns = 200;
  std::vector<std::vector<std::uint8_t>> left;
  std::size_t dropped = 0;
  for (std::size_t run = 0; run < kRuns; ++run) {
    const auto bytes = vectors::generated(static_cast<std::uint32_t>(run), kSize * kRun);
    transport.send_equal(bytes.data(), kSize, kRun);
    for (std::size_t i = 0; i < kRun; ++i) {
      if (expected.next().dropped) {
        ++dropped;
      } else {
        left.emplace_back(bytes.data() + i * kSize, bytes.data() + (i + 1) * kSize);
      }
    }
  }
  CHECK(below->datagrams() == left);
  CHECK(transport.counts().injected == dropped);
  CHECK(transport.counts().packets == left.size());
  CHECK(dropped > kRuns * kRun / 20);
  CHECK(dropped < kRuns * kRun / 5);
  for (const auto& run : below->runs()) CHECK(run.count > 0);
}

TEST_CASE("dropping transport: everything or nothing") {
  const auto bytes = vectors::generated(1, 160);
  for (const double share : {0.0, 100.0}) {
    const auto below = std::make_shared<RecordingTransport>();
    DroppingTransport transport(below, {.drop = share});
    transport.send_equal(bytes.data(), 16, 10);
    CHECK(below->sent() == (share > 0 ? 0 : 10));
    CHECK(transport.counts().injected == (share > 0 ? 10 : 0));
  }
}

TEST_CASE("video stream: injected drops are counted apart from what was sent") {
  CounterSlot counters{};
  counters.video_frame = 1;
  VideoStream stream({.pacing = PacingMode::kOff, .drop = ImpairmentSettings{.drop = 30}},
                     counters);
  const auto below = std::make_shared<RecordingTransport>();
  stream.set_transport(below);
  const auto picture = vectors::generated(1, 60'000);
  const std::size_t shards = plan_frame(picture.size(), {})->shards;
  int accepted = 0;
  for (int i = 0; i < 40; ++i) {
    if (stream.submit({picture, FrameType::kPredicted, now(), false})) ++accepted;
    sleep_until(now() + 1'000'000);
  }
  stream.close();
  const auto statistics = stream.take_statistics();
  CHECK(accepted > 0);
  CHECK(statistics.packets == below->sent());
  CHECK(statistics.injected_drops > 0);
  CHECK(statistics.packets + statistics.injected_drops == accepted * shards);
  CHECK(statistics.send_drops + statistics.send_errors == 0);
}
