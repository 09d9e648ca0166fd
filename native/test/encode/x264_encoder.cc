#include "encode/x264_encoder.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <stdexcept>
#include <thread>

#include "capture/test_pattern.h"
#include "convert/noise_picture.h"
#include "convert/picture_converter.h"
#include "encode/bitstream.h"
#include "encode/decoder.h"
#include "encode/encoder_probe.h"
#include "encode/x264_parameters.h"

using namespace earthshine;
using earthshine::test::decoded;
using earthshine::test::parse_sps;
using earthshine::test::units;

namespace {

EncoderSettings settings_for(int width, int height, int kbps) {
  EncoderSettings settings;
  settings.width = width;
  settings.height = height;
  settings.bitrate_kbps = kbps;
  return settings;
}

/// The test pattern through a converter into an encoder.
class Stream {
 public:
  explicit Stream(const EncoderSettings& settings)
      : pattern_(settings.width, settings.height),
        picture_(settings.width, settings.height, settings.format) {
    auto opened = open_encoder(settings);
    if (!opened) throw std::runtime_error(opened.fault().message);
    encoder_ = std::move(opened.value());
  }
  AccessUnit next(bool force_idr = false) {
    ++counter_;
    converter_.convert(
        pattern_.draw({counter_, counter_ * 16'667ULL + 1'000'000'000}, counter_ * 17), picture_);
    return encode(false, force_idr);
  }
  AccessUnit again() { return encode(true, false); }
  Encoder& encoder() { return *encoder_; }
  YuvPicture& picture() { return picture_; }

 private:
  AccessUnit encode(bool repeated, bool force_idr) {
    auto unit = encoder_->encode(
        {.picture = &picture_, .captured = 5, .repeated = repeated, .force_idr = force_idr});
    REQUIRE(unit.ok());
    return unit.value();
  }
  TestPattern pattern_;
  YuvPicture picture_;
  PictureConverter converter_;
  std::unique_ptr<Encoder> encoder_;
  std::uint32_t counter_ = 0;
};

}  // namespace

TEST_CASE("an IDR begins with SPS, PPS and its slices, all started in the first packet") {
  for (const Chroma chroma : {Chroma::k420, Chroma::k444}) {
    for (const int slices : {1, 4}) {
      CAPTURE(slices);
      EncoderSettings settings = settings_for(1280, 720, 8000);
      settings.slices = slices;
      settings.format.chroma = chroma;
      Stream stream(settings);
      for (int i = 0; i < 8; ++i) {
        const bool idr = i == 0 || i == 5;
        const AccessUnit unit = stream.next(i == 5);
        const auto parts = units(unit.bytes);
        CHECK(unit.type == (idr ? FrameType::kIdr : FrameType::kPredicted));
        CHECK(unit.captured == 5);
        const int count = static_cast<int>(parts.size()) - (idr ? 2 : 0);
        REQUIRE(count >= slices);
        const auto cores = static_cast<int>(std::thread::hardware_concurrency());
        CHECK(count == x264_slices(settings, cores).slices);
        CHECK(unit.bytes[0] == 0);
        CHECK(parts[0].offset <= 1);
        if (idr) {
          CHECK(parts[0].type == 7);
          CHECK(parts[1].type == 8);
          CHECK(parts[2].type == 5);
          // The smallest packet: 1024 less sealing gives far more than this (protocol 4 §3).
          CHECK(parts[2].offset < 128);
        }
        for (std::size_t p = idr ? 2 : 0; p < parts.size(); ++p)
          CHECK(parts[p].type == (idr ? 5 : 1));
      }
    }
  }
}

TEST_CASE("the sequence parameters say what was negotiated") {
  for (const Chroma chroma : {Chroma::k420, Chroma::k444}) {
    for (const ColorSpace space : {ColorSpace::kBt601, ColorSpace::kBt709}) {
      for (const bool full : {false, true}) {
        EncoderSettings settings = settings_for(1280, 720, 10'000);
        settings.format = {chroma, space, full};
        settings.max_reference_frames = 1;
        Stream stream(settings);
        const auto sps = parse_sps(units(stream.next().bytes)[0]);
        CHECK(sps.profile == (chroma == Chroma::k420 ? 100 : 244));
        CHECK(sps.chroma == (chroma == Chroma::k420 ? 1 : 3));
        CHECK(sps.level == 32);
        CHECK(sps.width_blocks == 80);
        CHECK(sps.reference_frames == 1);
        CHECK(sps.full_range == full);
        const unsigned code = space == ColorSpace::kBt709 ? 1 : 6;
        CHECK(sps.primaries == code);
        CHECK(sps.transfer == code);
        CHECK(sps.matrix == code);
        CHECK(sps.chroma_location == (chroma == Chroma::k420 ? 1 : 0));
        CHECK(sps.reorder_frames == 0);
        CHECK(sps.frame_buffers == 1);
      }
    }
  }
  Stream large(settings_for(1920, 1080, 20'000));
  CHECK(parse_sps(units(large.next().bytes)[0]).level == 42);
}

TEST_CASE("every frame decodes and the test pattern is read from it at a low bitrate") {
  for (const auto& [width, height, kbps] :
       {std::tuple{1280, 720, 1500}, {640, 360, 1000}, {1366, 768, 2000}}) {
    CAPTURE(width);
    Stream stream(settings_for(width, height, kbps));
    std::vector<std::uint8_t> bytes;
    constexpr std::uint32_t kFrames = 90;
    for (std::uint32_t i = 0; i < kFrames; ++i) {
      const AccessUnit unit = stream.next(i == 60);
      bytes.insert(bytes.end(), unit.bytes.begin(), unit.bytes.end());
    }
    const auto pictures = decoded(bytes, {.width = width, .height = height, .format = "gray"});
    REQUIRE(pictures.size() == kFrames);
    std::uint32_t read = 0;
    for (std::uint32_t i = 0; i < kFrames; ++i) {
      const auto stamp = read_strip(pictures[i].data(), width, width, height);
      read += stamp == PatternStamp{i + 1, (i + 1) * 16'667ULL + 1'000'000'000} ? 1 : 0;
    }
    CHECK(read == kFrames);
  }
}

TEST_CASE("the rate is kept, no frame is much larger than its buffer, and tuning works in place") {
  EncoderSettings settings = settings_for(1280, 720, 6000);
  Stream stream(settings);
  const auto measure = [&](int frames) {
    std::size_t sum = 0;
    for (int i = 0; i < frames; ++i) {
      const AccessUnit unit = stream.next();
      sum += unit.bytes.size();
    }
    return static_cast<double>(sum) * 8 * 60 / frames / 1000;
  };
  measure(30);
  CHECK(measure(120) <= 6000 * 1.1);
  REQUIRE(stream.encoder().set_bitrate(1500).ok());
  measure(30);
  CHECK(measure(120) <= 1500 * 1.15);
  const AccessUnit idr = stream.next(true);
  CHECK(idr.type == FrameType::kIdr);
  CHECK(idr.bytes.size() * 8.0 / 1000 <= 1500.0 / 60 * 2 * 1.5);
  CHECK_FALSE(stream.encoder().set_bitrate(0).ok());
}

TEST_CASE("a still picture is refined and then costs next to nothing") {
  Stream stream(settings_for(1280, 720, 6000));
  for (int i = 0; i < 5; ++i) stream.next();
  std::size_t first = 0;
  for (int i = 0; i < 30; ++i) first += stream.again().bytes.size();
  for (int i = 0; i < 60; ++i) stream.again();
  std::size_t late = 0;
  for (int i = 0; i < 30; ++i) {
    const AccessUnit unit = stream.again();
    CHECK(unit.repeated);
    late += unit.bytes.size();
  }
  CHECK(first > late);
  CHECK(late / 30 < 1000);
}

TEST_CASE("the effort falls with the load and rises with the cores") {
  EncoderSettings settings = settings_for(1280, 720, 4'000);
  CHECK(x264_effort(settings, 2) == X264Effort::kNormal);
  settings = settings_for(1280, 720, 10'000);
  CHECK(x264_effort(settings, 2) == X264Effort::kModest);
  CHECK(x264_effort(settings, 4) == X264Effort::kNormal);
  CHECK(x264_effort(settings, 8) == X264Effort::kFine);
  settings = settings_for(1920, 1080, 20'000);
  CHECK(x264_effort(settings, 1) == X264Effort::kLeast);
  CHECK(x264_effort(settings, 2) == X264Effort::kModest);
  CHECK(x264_effort(settings, 6) == X264Effort::kNormal);
  CHECK(x264_effort(settings, 16) == X264Effort::kFine);
  settings.bitrate_kbps = 100'000;
  CHECK(x264_effort(settings, 2) == X264Effort::kLight);
  CHECK(x264_effort(settings, 1) == X264Effort::kLeast);
  CHECK(x264_effort(settings, 12) == X264Effort::kNormal);
  CHECK(x264_effort(settings_for(3840, 2160, 50'000), 2) == X264Effort::kLeast);
}

TEST_CASE("a running encoder changes its effort, but neither its entropy coder nor its reach") {
  x264_param_t parameters;
  REQUIRE(x264_parameters(settings_for(1280, 720, 10'000), 4, parameters));
  CHECK(x264_change_effort(parameters, X264Effort::kFine));
  CHECK(parameters.analyse.i_subpel_refine == 2);
  CHECK(x264_change_effort(parameters, X264Effort::kNormal));
  CHECK(parameters.analyse.i_subpel_refine == 1);
  CHECK_FALSE(x264_change_effort(parameters, X264Effort::kModest));
  CHECK_FALSE(x264_change_effort(parameters, X264Effort::kLight));
  CHECK_FALSE(x264_change_effort(parameters, X264Effort::kLeast));
  CHECK(parameters.b_cabac == 1);
}

TEST_CASE("there are never more threads than cores, and as many slices as the client wishes") {
  EncoderSettings settings = settings_for(1280, 720, 10'000);
  CHECK(x264_slices(settings, 1) == X264Slices{1, 1});
  CHECK(x264_slices(settings, 2) == X264Slices{2, 2});
  CHECK(x264_slices(settings, 64) == X264Slices{4, 4});
  settings.slices = 4;
  CHECK(x264_slices(settings, 1) == X264Slices{1, 4});
  CHECK(x264_slices(settings, 2) == X264Slices{2, 4});
  settings.slices = 3;
  CHECK(x264_slices(settings, 2) == X264Slices{2, 4});
  CHECK(x264_slices(settings_for(320, 180, 500), 16) == X264Slices{1, 1});
  CHECK(x264_slices(settings_for(3840, 2160, 500), 16) == X264Slices{8, 8});
  // Wide and low: x264 wants four rows of macroblocks a thread.
  CHECK(x264_slices(settings_for(7680, 120, 500), 16) == X264Slices{2, 2});
}

TEST_CASE("the quantizer floor falls with the bits") {
  EncoderSettings settings = settings_for(1920, 1080, 100'000);
  CHECK(x264_quantizer_floor(settings) < 12);
  settings.bitrate_kbps = 10'000;
  CHECK(x264_quantizer_floor(settings) == 20);
}

TEST_CASE("odd sizes, other codecs and foreign pictures are refused with a reason") {
  CHECK_FALSE(open_encoder(settings_for(1279, 720, 1000)).ok());
  CHECK_FALSE(open_encoder(settings_for(0, 0, 1000)).ok());
  EncoderSettings settings = settings_for(1280, 720, 1000);
  settings.codec = VideoCodec::kHevc;
  CHECK_FALSE(x264_kind().open(settings).ok());
  settings.codec = VideoCodec::kH264;
  settings.format.bit_depth = 10;
  CHECK_FALSE(open_encoder(settings).ok());

  Stream stream(settings_for(640, 360, 1000));
  YuvPicture other(320, 180, {});
  CHECK_FALSE(stream.encoder().encode({.picture = &other}).ok());
}

TEST_CASE("the probe finds what is linked in") {
  const auto probes = probe_encoders();
  const auto x264 = std::ranges::find(probes, "x264", &EncoderProbe::name);
  REQUIRE(x264 != probes.end());
  CHECK(x264->profiles.size() == 2);
  CHECK(x264->invalidation);
  CHECK(x264->fault.empty());
}

TEST_CASE(
    "a picture that becomes too long is an IDR of coarser quantizers, and the stream goes on") {
  constexpr int kWidth = 640, kHeight = 360, kPictures = 6;
  const EncoderSettings settings = settings_for(kWidth, kHeight, 50'000);
  auto encoder = open_encoder(settings);
  REQUIRE(encoder.ok());
  test::Bytes stream;
  std::vector<FrameType> types;
  std::size_t longest = 0;
  const auto encode = [&](unsigned seed, std::size_t most) {
    YuvPicture picture(kWidth, kHeight, settings.format);
    PictureConverter().convert(test::noise(kWidth, kHeight, seed).view(), picture);
    auto unit = encoder.value()->encode({.picture = &picture, .most_bytes = most});
    REQUIRE(unit.ok());
    types.push_back(unit.value().type);
    CHECK(unit.value().number == types.size());
    stream.insert(stream.end(), unit.value().bytes.begin(), unit.value().bytes.end());
    longest = unit.value().bytes.size();
  };
  encode(0, 0);
  const std::size_t most = longest / 3;
  // The first of a stream.
  encoder = open_encoder(settings);
  REQUIRE(encoder.ok());
  stream.clear();
  types.clear();
  encode(1, most);
  CHECK(longest <= most);
  CHECK(types.back() == FrameType::kIdr);
  // Any other; what refers to it does so by the right number.
  for (unsigned seed = 2; seed <= kPictures; ++seed) {
    encode(seed, seed == 4 ? longest / 2 : 0);
    CHECK(types.back() == (seed == 4 ? FrameType::kIdr : FrameType::kPredicted));
  }
  encoder.value()->invalidate(kPictures);
  encode(7, 0);
  CHECK(types.back() == FrameType::kAfterInvalidation);
  const auto pictures = decoded(stream, {.width = kWidth, .height = kHeight, .format = "yuv420p"});
  CHECK(pictures.size() == types.size());
  // Nothing fits: the smallest there is.
  encode(8, 1);
  CHECK(types.back() == FrameType::kIdr);
  CHECK(longest < most);
}

TEST_CASE("the bitrate follows within half a second, many times over, and without an IDR") {
  Stream stream(settings_for(1280, 720, 8000));
  for (int i = 0; i < 30; ++i) stream.next();
  for (const int kbps : {2000, 8000, 1000, 6000, 500, 4000}) {
    CAPTURE(kbps);
    REQUIRE(stream.encoder().set_bitrate(kbps).ok());
    for (int i = 0; i < 30; ++i) CHECK(stream.next().type == FrameType::kPredicted);
    std::size_t sum = 0;
    for (int i = 0; i < 60; ++i) {
      const AccessUnit unit = stream.next();
      CHECK(unit.type == FrameType::kPredicted);
      sum += unit.bytes.size();
    }
    CHECK(static_cast<double>(sum) * 8 / 1000 <= kbps * 1.1);
  }
  // One step a frame, as adaptation may go.
  int kbps = 8000;
  for (int i = 0; i < 60; ++i) {
    kbps = i % 8 == 7 ? kbps * 85 / 100 : kbps * 101 / 100;
    REQUIRE(stream.encoder().set_bitrate(kbps).ok());
    CHECK(stream.next().type == FrameType::kPredicted);
  }
}

TEST_CASE("the least and the largest that clients ask for") {
  struct Case {
    int width, height, rate, kbps;
    Chroma chroma;
    unsigned level;
  };
  for (const Case& each : {Case{1280, 720, 60, 500, Chroma::k420, 32},
                           {1280, 720, 240, 50'000, Chroma::k420, 51},
                           {1920, 1080, 500, 2'000'000, Chroma::k420, 62},
                           {5120, 1440, 120, 300'000, Chroma::k420, 60},
                           {7680, 4320, 60, 100'000, Chroma::k420, 61},
                           // 240 of these are more than the highest level has.
                           {7680, 4320, 240, 2'000'000, Chroma::k444, 62},
                           {32, 32, 30, 100, Chroma::k420, 9}}) {
    CAPTURE(each.width);
    CAPTURE(each.rate);
    EncoderSettings settings = settings_for(each.width, each.height, each.kbps);
    settings.rate_numerator = each.rate;
    settings.format.chroma = each.chroma;
    settings.max_reference_frames = 1;
    auto encoder = open_encoder(settings);
    REQUIRE(encoder.ok());
    const YuvPicture picture(each.width, each.height, settings.format);
    auto unit = encoder.value()->encode({.picture = &picture});
    REQUIRE(unit.ok());
    CHECK(unit.value().type == FrameType::kIdr);
    CHECK(parse_sps(units(unit.value().bytes)[0]).level == each.level);
    unit = encoder.value()->encode({.picture = &picture});
    REQUIRE(unit.ok());
    CHECK(unit.value().type == FrameType::kPredicted);
    CHECK(encoder.value()->set_bitrate(2'000'000).ok());
    CHECK(encoder.value()->encode({.picture = &picture}).ok());
  }
}

TEST_CASE("500 kbit/s at 60 frames a second are kept") {
  Stream stream(settings_for(1280, 720, 500));
  for (int i = 0; i < 60; ++i) stream.next();
  std::size_t sum = 0;
  for (int i = 0; i < 120; ++i) sum += stream.next().bytes.size();
  CHECK(static_cast<double>(sum) * 8 / 2 / 1000 <= 500 * 1.2);
}
