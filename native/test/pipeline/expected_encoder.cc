#include "pipeline/expected_encoder.h"

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <future>
#include <latch>
#include <stdexcept>
#include <string>

#include "pipeline/picture_fixture.h"

using namespace earthshine;
using namespace earthshine::test;

namespace {

constexpr const char* kExpected = "the one that was expected";

/// Says what it is, and gives out an IDR each time.
class NamedEncoder final : public Encoder {
 public:
  Result<AccessUnit> encode(const EncoderInput& input) override {
    return AccessUnit{
        .bytes = bytes_, .type = FrameType::kIdr, .captured = input.captured, .number = ++frames_};
  }
  Result<bool> set_bitrate(int) override { return true; }
  void invalidate(std::uint64_t) override {}
  [[nodiscard]] const char* description() const override { return kExpected; }

 private:
  std::array<std::uint8_t, 100> bytes_{};
  std::uint64_t frames_ = 0;
};

/// As viewer_options() with the pictures of the fixture.
EncoderSettings settings(int bitrate_kbps = 4000) {
  EncoderSettings result;
  result.width = 640;
  result.height = 360;
  result.bitrate_kbps = bitrate_kbps;
  return result;
}

Result<std::unique_ptr<Encoder>> open_named(const EncoderSettings&) {
  return std::unique_ptr<Encoder>(std::make_unique<NamedEncoder>());
}

std::string encoder_of(Picture& picture) {
  return picture.take_statistics().at(0).encoder;
}

}  // namespace

TEST_CASE("an expected encoder opens at once, and tells what its pictures are to be") {
  EncoderSettings full = settings();
  full.format.chroma = Chroma::k444;
  std::latch let_go(1);
  std::atomic<int> opened = 0;
  ExpectedEncoder expected(full, [&](const EncoderSettings& wish) {
    let_go.wait();
    ++opened;
    return open_named(wish);
  });
  std::promise<YuvFormat> told;
  expected.when_opened([&](const YuvFormat& format) { told.set_value(format); });
  let_go.count_down();
  CHECK(told.get_future().get() == full.format);
  bool again = false;
  expected.when_opened([&](const YuvFormat&) { again = true; });
  CHECK(again);
  auto taken = expected.take();
  REQUIRE(taken.ok());
  CHECK(taken.value()->description() == std::string(kExpected));
  CHECK(opened == 1);
}

TEST_CASE("an expected encoder fits those who would open the same") {
  const ExpectedEncoder expected(settings(), open_named);
  CHECK(expected.fits(settings()));
  CHECK_FALSE(expected.fits(settings(5000)));
  EncoderSettings other = settings();
  other.kinds = {"x264"};
  CHECK_FALSE(expected.fits(other));
  other = settings();
  other.gpu = "/dev/dri/renderD129";
  CHECK_FALSE(expected.fits(other));
}

TEST_CASE("an expected encoder that cannot be opened tells whoever takes it") {
  ExpectedEncoder failing(settings(), [](const EncoderSettings&) { return Fault{"No GPU."}; });
  failing.when_opened([](const YuvFormat&) { FAIL("it is not open"); });
  CHECK(failing.take().fault().message == "No GPU.");
  ExpectedEncoder throwing(settings(),
                           [](const EncoderSettings&) -> Result<std::unique_ptr<Encoder>> {
                             throw std::runtime_error("out of memory");
                           });
  CHECK(throwing.take().fault().message.find("out of memory") != std::string::npos);
}

TEST_CASE("who joins first is served by the encoder that was expected; who wants another is not") {
  for (const bool fits : {true, false}) {
    CAPTURE(fits);
    TwoReceivers watching;
    auto& [events, one, two, page, picture] = watching;
    picture->expect(std::make_shared<ExpectedEncoder>(settings(fits ? 4000 : 3000), open_named));
    join(*picture, viewer_options(1, page), one.endpoint());
    until_idr(one);
    CHECK((encoder_of(*picture) == kExpected) == fits);
    // It serves once.
    picture->remove_viewer(1);
    join(*picture, viewer_options(2, page), two.endpoint());
    until_idr(two);
    CHECK(encoder_of(*picture) != kExpected);
  }
}

TEST_CASE("a picture closes while an encoder is expected that nobody took") {
  TwoReceivers watching;
  watching.picture->expect(std::make_shared<ExpectedEncoder>(settings(), open_named));
  watching.picture->close();
  watching.picture->expect(std::make_shared<ExpectedEncoder>(settings(), open_named));
}
