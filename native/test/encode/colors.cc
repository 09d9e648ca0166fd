#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>

#include "capture/test_pattern.h"
#include "convert/picture_converter.h"
#include "encode/color_difference.h"
#include "encode/decoder.h"
#include "encode/encoder_kinds.h"
#include "encode/stream_facts.h"
#include "encode/x265/x265_library.h"

// Software encoders end to end: the test pattern through converter, encoder and libavcodec, back to
// RGB by the definition in floating point with what the stream says of itself, against the pixels
// that were drawn. EARTHSHINE_COLOR_TABLE=1 prints all of them (docs/5-develop/encoding.md).

using namespace earthshine;
using namespace earthshine::test;

namespace {

constexpr int kWidth = 640, kHeight = 360;

struct Case {
  VideoCodec codec;
  YuvFormat format;
};

struct Difference {
  double mean, most_see_less;
};

struct Meant {
  double red = 0, blue = 0;
  bool full = false, pq = false;
};

/// From the stream's own words.
Meant meaning(const std::map<std::string, std::string>& facts) {
  const std::string& matrix = facts.at("color_space");
  Meant meant{.red = 0.2126, .blue = 0.0722};
  if (matrix == "smpte170m") meant = {.red = 0.299, .blue = 0.114};
  if (matrix == "bt2020nc") meant = {.red = 0.2627, .blue = 0.0593};
  meant.full = facts.at("color_range") == "pc";
  meant.pq = facts.at("color_transfer") == "smpte2084";
  return meant;
}

/// A decoded picture's samples as numbers of 0…1 and −0.5…0.5.
class Samples {
 public:
  Samples(const Bytes& bytes, const YuvFormat& format, const Meant& meant)
      : bytes_(bytes), deep_(format.bit_depth == 10), half_(format.chroma == Chroma::k420) {
    const double one = deep_ ? 4 : 1;
    const double whole = deep_ ? 1023 : 255;
    black_ = meant.full ? 0 : 16 * one;
    luma_ = meant.full ? whole : 219 * one;
    chroma_ = meant.full ? whole : 224 * one;
    middle_ = 128 * one;
  }
  [[nodiscard]] double luma(int x, int y) const {
    return (at(static_cast<std::size_t>(y) * kWidth + x) - black_) / luma_;
  }
  [[nodiscard]] double chroma(int plane, int x, int y) const {
    const std::size_t width = half_ ? kWidth / 2 : kWidth, height = half_ ? kHeight / 2 : kHeight;
    const std::size_t row = half_ ? y / 2 : y, column = half_ ? x / 2 : x;
    const std::size_t first = static_cast<std::size_t>(kWidth) * kHeight + plane * width * height;
    return (at(first + row * width + column) - middle_) / chroma_;
  }

 private:
  [[nodiscard]] double at(std::size_t index) const {
    return deep_ ? bytes_[2 * index] | bytes_[2 * index + 1] << 8 : bytes_[index];
  }
  const Bytes& bytes_;
  bool deep_, half_;
  double black_ = 0, luma_ = 0, chroma_ = 0, middle_ = 0;
};

Difference difference(const Bytes& decoded_picture, const YuvFormat& format, const Meant& meant,
                      const BgrxView& drawn) {
  const Samples samples(decoded_picture, format, meant);
  std::vector<double> all;
  all.reserve(static_cast<std::size_t>(kWidth) * kHeight);
  double sum = 0;
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      const std::uint8_t* pixel = drawn.pixels + y * drawn.stride + 4 * x;
      const Triple source{pixel[2] / 255.0, pixel[1] / 255.0, pixel[0] / 255.0};
      const Triple seen = rgb_of(samples.luma(x, y), samples.chroma(0, x, y),
                                 samples.chroma(1, x, y), meant.red, meant.blue);
      const double delta = meant.pq ? distance(itp_of(seen), itp_of(source))
                                    : distance(lab_of(seen), lab_of(source));
      sum += delta;
      all.push_back(delta);
    }
  }
  const auto nth = all.begin() + static_cast<std::ptrdiff_t>(all.size() * 95 / 100);
  std::nth_element(all.begin(), nth, all.end());
  return {sum / static_cast<double>(all.size()), *nth};
}

Difference run(const Case& each, std::uint32_t count) {
  EncoderSettings settings;
  settings.codec = each.codec;
  settings.format = each.format;
  settings.width = kWidth;
  settings.height = kHeight;
  settings.rate_numerator = 30;
  settings.bitrate_kbps = 10'000;
  settings.kinds = {"x264", "x265"};
  auto encoder = open_encoder(settings);
  REQUIRE(encoder.ok());
  TestPattern pattern(kWidth, kHeight, each.format.transfer == Transfer::kPq);
  YuvPicture picture(kWidth, kHeight, each.format);
  Bytes bytes;
  BgrxView drawn{};
  for (std::uint32_t i = 1; i <= count; ++i) {
    drawn = pattern.draw({i, i * 33'333ULL}, i * 33);
    PictureConverter().convert(drawn, picture);
    auto unit = encoder.value()->encode({.picture = &picture});
    REQUIRE(unit.ok());
    bytes.insert(bytes.end(), unit.value().bytes.begin(), unit.value().bytes.end());
  }
  const std::string codec = each.codec == VideoCodec::kH264 ? "h264" : "hevc";
  const auto facts = stream_facts(bytes, codec);
  // libavcodec's own name of it ("yuvj420p" for full range): another one would be a conversion.
  const std::string& format = facts.at("pix_fmt");
  CHECK((format.find("444p") != std::string::npos) == (each.format.chroma == Chroma::k444));
  CHECK(format.ends_with("10le") == (each.format.bit_depth == 10));
  const auto pictures =
      decoded(bytes, {.width = kWidth, .height = kHeight, .format = format, .codec = codec});
  REQUIRE(pictures.size() == count);
  return difference(pictures.back(), each.format, meaning(facts), drawn);
}

std::vector<Case> cases(bool all) {
  std::vector<Case> result;
  for (const VideoCodec codec : {VideoCodec::kH264, VideoCodec::kHevc}) {
    for (const int depth : {8, 10}) {
      if (codec == VideoCodec::kH264 && depth == 10) continue;
      for (const Chroma chroma : {Chroma::k420, Chroma::k444}) {
        for (const ColorSpace space : {ColorSpace::kBt601, ColorSpace::kBt709}) {
          for (const bool full : {false, true}) {
            // Each of these once; the table has them all.
            const bool modern = chroma == Chroma::k420;
            if (!all && (full != modern || (space == ColorSpace::kBt709) != modern)) continue;
            result.push_back({codec, {chroma, space, full, depth}});
          }
        }
        if (depth == 10) {
          for (const bool full : {false, true}) {
            if (!all && (full || chroma == Chroma::k444)) continue;
            result.push_back({codec, {chroma, ColorSpace::kBt2020, full, 10, Transfer::kPq}});
          }
        }
      }
    }
  }
  return result;
}

}  // namespace

TEST_CASE("what a decoder shows is what was drawn, in every format of the software encoders") {
  const bool table = std::getenv("EARTHSHINE_COLOR_TABLE") != nullptr;
  for (const Case& each : cases(table)) {
    if (each.codec == VideoCodec::kHevc && !X265Library::get(each.format.bit_depth).ok()) continue;
    const bool full_chroma = each.format.chroma == Chroma::k444;
    const bool pq = each.format.transfer == Transfer::kPq;
    CAPTURE(codec_name(each.codec));
    CAPTURE(each.format.bit_depth);
    CAPTURE(full_chroma);
    const Difference seen = run(each, table ? 8 : 4);
    // Lines of one pixel are a fiftieth of the picture, and lost where chroma has half the size.
    CHECK(seen.most_see_less < (pq ? 4.0 : 1.0));
    if (full_chroma) CHECK(seen.mean < (pq ? 1.0 : 0.5));
    if (table) {
      constexpr const char* kSpaces[] = {"BT.601", "BT.709", "BT.2020, PQ"};
      std::printf("| %s | %d | %s | %s | %s | %.2f | %.2f |\n", codec_name(each.codec),
                  each.format.bit_depth, full_chroma ? "4:4:4" : "4:2:0",
                  kSpaces[static_cast<int>(each.format.color_space)],
                  each.format.full_range ? "full" : "limited", seen.mean, seen.most_see_less);
    }
  }
}
