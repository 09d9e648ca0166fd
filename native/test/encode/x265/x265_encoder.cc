#include "encode/x265/x265_encoder.h"

#include <doctest/doctest.h>

#include <cmath>

#include "capture/pattern_colors.h"
#include "capture/test_pattern.h"
#include "convert/noise_picture.h"
#include "encode/encoded_stream.h"
#include "encode/stream_facts.h"
#include "encode/x265/x265_library.h"

// Against libx265 of this machine, which comes with ffmpeg. Where it is missing there is nothing to
// test but that it is said.

using namespace earthshine;
using earthshine::test::Bytes;
using earthshine::test::decoded;
using earthshine::test::EncodedStream;
using earthshine::test::stream_facts;

namespace {

bool missing() {
  const auto library = X265Library::get(8);
  if (library.ok()) return false;
  CHECK(library.fault().message.find("is not installed") != std::string::npos);
  MESSAGE(library.fault().message);
  return true;
}

EncoderSettings small(Chroma chroma = Chroma::k420, int bit_depth = 8) {
  EncoderSettings settings;
  settings.codec = VideoCodec::kHevc;
  settings.format.chroma = chroma;
  settings.format.bit_depth = bit_depth;
  settings.width = 320;
  settings.height = 180;
  settings.rate_numerator = 30;
  settings.bitrate_kbps = 2000;
  return settings;
}

Bytes all_of(const EncodedStream& stream) {
  Bytes bytes;
  for (const auto& frame : stream.frames()) {
    bytes.insert(bytes.end(), frame.bytes.begin(), frame.bytes.end());
  }
  return bytes;
}

double luma_psnr(const Bytes& decoded_luma, const YuvPicture& picture) {
  const auto& plane = picture.plane(0);
  const bool words = picture.sample_bytes() == 2;
  double error = 0;
  for (int y = 0; y < plane.height; ++y) {
    for (int x = 0; x < plane.width; ++x) {
      const std::size_t at = static_cast<std::size_t>(y) * plane.width + x;
      const std::uint8_t* row = plane.row(y);
      const int seen =
          words ? decoded_luma[2 * at] | decoded_luma[2 * at + 1] << 8 : decoded_luma[at];
      const int meant = words ? row[2 * x] | row[2 * x + 1] << 8 : row[x];
      error += (seen - meant) * (seen - meant);
    }
  }
  const double peak = words ? 1023 : 255;
  return 10 * std::log10(peak * peak * plane.width * plane.height / std::max(error, 1.0));
}

double kbps_of(const EncodedStream& stream, std::size_t from, std::size_t to) {
  std::size_t sum = 0;
  for (std::size_t i = from; i < to; ++i) sum += stream.frames()[i].bytes.size();
  return static_cast<double>(sum) * 8 * 30 / static_cast<double>(to - from) / 1000;
}

}  // namespace

TEST_CASE("x265 writes each picture at once, in each profile, and an IDR where one is asked for") {
  if (missing()) return;
  for (const Chroma chroma : {Chroma::k420, Chroma::k444}) {
    for (const int depth : {8, 10}) {
      CAPTURE(depth);
      EncodedStream stream(small(chroma, depth), x265_kind());
      for (int i = 0; i < 8; ++i) {
        const auto& frame = stream.next(false, i == 5);
        CHECK(frame.type == (i == 0 || i == 5 ? FrameType::kIdr : FrameType::kPredicted));
        CHECK(frame.number == static_cast<std::uint64_t>(i) + 1);
      }
      const Bytes bytes = all_of(stream);
      const bool full = chroma == Chroma::k444;
      const auto facts = stream_facts(bytes, "hevc");
      CHECK(facts.at("pix_fmt") ==
            std::string(full ? "yuv444p" : "yuv420p") + (depth == 10 ? "10le" : ""));
      CHECK(facts.at("profile") == (full ? "Rext" : depth == 10 ? "Main 10" : "Main"));
      CHECK(facts.at("has_b_frames") == "0");
      CHECK(facts.at("color_range") == "tv");
      CHECK(facts.at("color_space") == "bt709");
      const auto pictures = decoded(bytes, {.width = 320,
                                            .height = 180,
                                            .format = depth == 10 ? "gray10le" : "gray",
                                            .codec = "hevc"});
      REQUIRE(pictures.size() == 8);
      CHECK(luma_psnr(pictures.back(), stream.picture()) > 30);
    }
  }
}

TEST_CASE("x265's stream says what its colours are") {
  if (missing()) return;
  struct Case {
    ColorSpace space;
    Transfer transfer;
    bool full;
    const char *matrix, *curve, *primaries;
  };
  for (const Case& each :
       {Case{ColorSpace::kBt601, Transfer::kSdr, true, "smpte170m", "smpte170m", "smpte170m"},
        Case{ColorSpace::kBt709, Transfer::kSdr, true, "bt709", "bt709", "bt709"},
        Case{ColorSpace::kBt2020, Transfer::kPq, false, "bt2020nc", "smpte2084", "bt2020"}}) {
    CAPTURE(each.matrix);
    EncoderSettings settings = small(Chroma::k420, 10);
    settings.format.color_space = each.space;
    settings.format.transfer = each.transfer;
    settings.format.full_range = each.full;
    EncodedStream stream(settings, x265_kind());
    stream.next();
    const auto facts = stream_facts(all_of(stream), "hevc");
    CHECK(facts.at("color_range") == (each.full ? "pc" : "tv"));
    CHECK(facts.at("color_space") == each.matrix);
    CHECK(facts.at("color_transfer") == each.curve);
    CHECK(facts.at("color_primaries") == each.primaries);
    CHECK(facts.at("chroma_location") == "center");
  }
}

TEST_CASE("x265 keeps the rate, and begins anew for another: at once for less, for more in steps") {
  if (missing()) return;
  EncoderSettings settings = small();
  EncodedStream stream(settings, x265_kind());
  const auto type = [&] { return stream.next().type; };
  stream.run(60);
  CHECK(kbps_of(stream, 20, 60) < settings.bitrate_kbps * 1.1);
  REQUIRE(stream.encoder().set_bitrate(1500).ok());
  REQUIRE(stream.encoder().set_bitrate(700).ok());
  CHECK(type() == FrameType::kIdr);
  stream.run(59);
  CHECK(kbps_of(stream, 80, 120) < 700 * 1.1);
  for (std::size_t i = 1; i < 120; ++i) {
    CHECK(stream.frames()[i].type == (i == 60 ? FrameType::kIdr : FrameType::kPredicted));
  }
  REQUIRE(stream.encoder().set_bitrate(800).ok());
  CHECK(type() == FrameType::kPredicted);
  REQUIRE(stream.encoder().set_bitrate(900).ok());
  CHECK(type() == FrameType::kIdr);
  CHECK(type() == FrameType::kPredicted);
  CHECK(stream.frames().back().number == 123);
  CHECK_FALSE(stream.encoder().set_bitrate(0).ok());
  CHECK(decoded(all_of(stream), {.width = 320, .height = 180, .codec = "hevc"}).size() == 123);
}

TEST_CASE("x265 answers a loss with an IDR, and a picture that is too long with a coarser one") {
  if (missing()) return;
  EncoderSettings settings = small();
  settings.bitrate_kbps = 20'000;
  EncodedStream stream(settings, x265_kind());
  stream.run(3);
  stream.encoder().invalidate(2);
  CHECK(stream.next().type == FrameType::kIdr);
  CHECK(stream.next().type == FrameType::kPredicted);

  YuvPicture picture(settings.width, settings.height, settings.format);
  PictureConverter().convert(test::noise(settings.width, settings.height, 7).view(), picture);
  auto whole = stream.encoder().encode({.picture = &picture});
  REQUIRE(whole.ok());
  const std::size_t most = whole.value().bytes.size() / 2;
  auto coarser =
      stream.encoder().encode({.picture = &picture, .force_idr = true, .most_bytes = most});
  REQUIRE(coarser.ok());
  CHECK(coarser.value().type == FrameType::kIdr);
  CHECK(coarser.value().bytes.size() <= most);
  CHECK(coarser.value().number == 7);
}

TEST_CASE(
    "the HDR pattern comes out of x265 as the light that was painted, and its stream says so") {
  if (missing()) return;
  EncoderSettings settings = small(Chroma::k420, 10);
  settings.width = 640;
  settings.height = 360;
  settings.bitrate_kbps = 10'000;
  settings.format.color_space = ColorSpace::kBt2020;
  settings.format.transfer = Transfer::kPq;
  settings.light = {.chromaticities = {35'400, 14'600, 8500, 39'850, 6550, 2300, 15'635, 16'450},
                    .max_luminance = 1000,
                    .min_luminance = 1,
                    .max_content = 1000,
                    .max_average = 300};
  auto encoder = x265_kind().open(settings);
  REQUIRE(encoder.ok());
  TestPattern pattern(settings.width, settings.height, true);
  YuvPicture picture(settings.width, settings.height, settings.format);
  Bytes bytes;
  for (std::uint32_t i = 1; i <= 4; ++i) {
    PictureConverter().convert(pattern.draw({i, i}, i), picture);
    auto unit = encoder.value()->encode({.picture = &picture});
    REQUIRE(unit.ok());
    bytes.insert(bytes.end(), unit.value().bytes.begin(), unit.value().bytes.end());
  }
  const auto facts = stream_facts(bytes, "hevc");
  CHECK(facts.at("color_transfer") == "smpte2084");
  CHECK(facts.at("color_primaries") == "bt2020");
  CHECK(facts.at("red_x") == "35400/50000");
  CHECK(facts.at("blue_y") == "2300/50000");
  CHECK(facts.at("white_point_x") == "15635/50000");
  CHECK(facts.at("max_luminance") == "10000000/10000");
  CHECK(facts.at("min_luminance") == "1/10000");
  CHECK(facts.at("max_content") == "1000");
  CHECK(facts.at("max_average") == "300");

  const auto luma =
      decoded(bytes, {.width = 640, .height = 360, .format = "gray10le", .codec = "hevc"}).back();
  for (std::size_t patch = 0; patch < kPatchLight.size(); ++patch) {
    CAPTURE(kPatchLight[patch]);
    // Just above the ramp, which begins at four fifths, in the middle of the patch.
    const std::size_t at = (4 * 360 / 5 - 15) * 640 + patch * 80 + 40;
    const int seen = luma[2 * at] | luma[2 * at + 1] << 8;
    // Limited range of 10 bits.
    CHECK(std::abs(seen - (64 + 876 * pq_byte(kPatchLight[patch]) / 255.0)) <= 3);
  }
  // 203 nit is 58 % of PQ, 1000 are 75 % (ITU-R BT.2408, table 1).
  CHECK(pq_byte(203) == 148);
  CHECK(pq_byte(1000) == 192);
}

TEST_CASE("x265 refuses what it cannot do with a reason") {
  if (missing()) return;
  EncoderSettings settings = small();
  settings.width = 48;
  CHECK_FALSE(x265_kind().open(settings).ok());
  settings = small();
  settings.codec = VideoCodec::kH264;
  CHECK_FALSE(x265_kind().open(settings).ok());
  auto encoder = x265_kind().open(small());
  REQUIRE(encoder.ok());
  const YuvPicture other(640, 360, {});
  CHECK_FALSE(encoder.value()->encode({.picture = &other}).ok());
}
