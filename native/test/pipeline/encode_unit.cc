#include "pipeline/encode_unit.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <latch>
#include <string>
#include <vector>

#include "pipeline/picture_fixture.h"

using namespace earthshine;
using namespace earthshine::test;

namespace {

constexpr int kWidth = 320, kHeight = 192;

/// Gives out one frame and then no more.
class BreakingEncoder final : public Encoder {
 public:
  Result<AccessUnit> encode(const EncoderInput& input) override {
    if (frames_ == 1) return Fault{"The GPU fell off the bus."};
    return AccessUnit{
        .bytes = bytes_, .type = FrameType::kIdr, .captured = input.captured, .number = ++frames_};
  }
  Result<bool> set_bitrate(int) override { return true; }
  void invalidate(std::uint64_t) override {}
  [[nodiscard]] const char* description() const override { return "one that breaks"; }

 private:
  std::array<std::uint8_t, 100> bytes_{};
  std::uint64_t frames_ = 0;
};

/// Is at its first frame until it is let go.
class HangingEncoder final : public Encoder {
 public:
  explicit HangingEncoder(std::latch& let_go) : let_go_(let_go) {}
  Result<AccessUnit> encode(const EncoderInput&) override {
    let_go_.wait();
    return Fault{"It was let go."};
  }
  Result<bool> set_bitrate(int) override { return true; }
  void invalidate(std::uint64_t) override {}
  [[nodiscard]] const char* description() const override { return "one that hangs"; }

 private:
  std::latch& let_go_;
};

EncodeJob job(std::uint64_t number) {
  return {.picture = std::make_shared<YuvPicture>(kWidth, kHeight, YuvFormat{}),
          .number = number,
          .captured = now()};
}

std::vector<std::uint32_t> told(Events& events) {
  std::vector<std::uint32_t> viewers;
  for (const auto& event : events.of(PictureEvent::Kind::kFault)) {
    CHECK(event.part == "encoder");
    CHECK(event.message == "The GPU fell off the bus.");
    viewers.push_back(event.viewer.value());
  }
  std::sort(viewers.begin(), viewers.end());
  return viewers;
}

}  // namespace

TEST_CASE("an encoder's failure is told to all its viewers, with and without an endpoint") {
  Events events;
  Receiver receiver;
  const auto page = counter_page();
  std::vector<std::shared_ptr<Viewer>> viewers;
  for (std::uint32_t id = 1; id <= 3; ++id) {
    auto opened = Viewer::open(viewer_options(id, page), events.sink());
    REQUIRE(opened.ok());
    viewers.push_back(opened.value());
  }
  EncoderSettings settings = viewers[0]->wanted();
  settings.width = kWidth;
  settings.height = kHeight;
  auto unit = EncodeUnit::open(
      settings, events.sink(), [] {},
      [](const EncoderSettings&) -> Result<std::unique_ptr<Encoder>> {
        return std::unique_ptr<Encoder>(std::make_unique<BreakingEncoder>());
      });
  REQUIRE(unit.ok());
  REQUIRE(viewers[0]->set_video_endpoint(receiver.endpoint()).ok());
  unit.value()->add(viewers[0]);
  unit.value()->add(viewers[1]);
  unit.value()->post(job(1), nullptr);
  REQUIRE(receiver.frames(10'000, 1).size() == 1);
  CHECK(told(events).empty());
  CHECK(unit.value()->works());

  unit.value()->post(job(2), nullptr);
  REQUIRE(events.wait_for(PictureEvent::Kind::kFault, 10'000, 2));
  CHECK(told(events) == std::vector<std::uint32_t>{1, 2});
  CHECK_FALSE(unit.value()->works());
  // One that was about to join when it happened.
  unit.value()->add(viewers[2]);
  CHECK(told(events) == std::vector<std::uint32_t>{1, 2, 3});
  for (const auto& viewer : viewers) unit.value()->remove(*viewer);
  unit.value()->close();
  for (const auto& viewer : viewers) viewer->close();
}

TEST_CASE("an encoder that hangs is told of once, as a fault of the whole picture") {
  Events events;
  std::latch let_go(1);
  auto viewer = Viewer::open(viewer_options(1, counter_page()), events.sink());
  REQUIRE(viewer.ok());
  Receiver receiver;
  REQUIRE(viewer.value()->set_video_endpoint(receiver.endpoint()).ok());
  EncoderSettings settings = viewer.value()->wanted();
  settings.width = kWidth;
  settings.height = kHeight;
  auto unit = EncodeUnit::open(
      settings, events.sink(), [] {},
      [&](const EncoderSettings&) -> Result<std::unique_ptr<Encoder>> {
        return std::unique_ptr<Encoder>(std::make_unique<HangingEncoder>(let_go));
      },
      1'000'000);
  REQUIRE(unit.ok());
  unit.value()->add(viewer.value());
  unit.value()->take_figures();
  CHECK(events.of(PictureEvent::Kind::kFault).empty());
  unit.value()->post(job(1), nullptr);
  // As the statistics are asked for every second.
  while (events.of(PictureEvent::Kind::kFault).empty()) unit.value()->take_figures();
  unit.value()->take_figures();
  const auto faults = events.of(PictureEvent::Kind::kFault);
  REQUIRE(faults.size() == 1);
  CHECK_FALSE(faults[0].viewer.has_value());
  CHECK(faults[0].part == "encoder");
  CHECK(faults[0].message == "The encoder (one that hangs) did not finish a frame in time.");
  let_go.count_down();
  unit.value()->remove(*viewer.value());
  unit.value()->close();
  viewer.value()->close();
}
