#include "convert/picture_converter.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "convert/noise_picture.h"

using namespace earthshine;
using namespace earthshine::test;

namespace {

/// The definition in floating point: E'Y, E'Cb, E'Cr of BT.601, BT.709 and BT.2020, quantized for 8
/// or 10 bits.
struct Float {
  double red, blue;
  bool full;
  int bit_depth;
  double scale() const { return bit_depth == 10 ? 4 : 1; }
  double top() const { return bit_depth == 10 ? 1023 : 255; }
  double luma(double b, double g, double r) const {
    const double y = (red * r + (1 - red - blue) * g + blue * b) / 255;
    return full ? top() * y : scale() * (16 + 219 * y);
  }
  double chroma(double difference) const {
    const double wide = full ? top() : 224.0 * scale();
    return std::clamp(128 * scale() + wide * difference / 255, 0.0, top());
  }
  double cb(double b, double g, double r) const {
    const double y = red * r + (1 - red - blue) * g + blue * b;
    return chroma((b - y) / (2 * (1 - blue)));
  }
  double cr(double b, double g, double r) const {
    const double y = red * r + (1 - red - blue) * g + blue * b;
    return chroma((r - y) / (2 * (1 - red)));
  }
};

Float reference(const YuvFormat& format) {
  switch (format.color_space) {
    case ColorSpace::kBt709:
      return {0.2126, 0.0722, format.full_range, format.bit_depth};
    case ColorSpace::kBt2020:
      return {0.2627, 0.0593, format.full_range, format.bit_depth};
    default:
      return {0.299, 0.114, format.full_range, format.bit_depth};
  }
}

/// Pixels in floating point.
struct FloatPicture {
  int width, height;
  std::vector<double> channels;
  double& at(int x, int y, int c) {
    return channels[3 * (static_cast<std::size_t>(y) * width + x) + c];
  }
  [[nodiscard]] double at(int x, int y, int c) const {
    return channels[3 * (static_cast<std::size_t>(y) * width + x) + c];
  }
};

/// The mean over what each pixel of the placement covers.
FloatPicture shrunk(const Pixels& source, const Placement& place) {
  FloatPicture result{place.width, place.height,
                      std::vector<double>(3UL * place.width * place.height)};
  const double across = static_cast<double>(source.width) / place.width;
  const double down = static_cast<double>(source.height) / place.height;
  const auto covered = [](double from, double to, int i) {
    return std::max(0.0, std::min<double>(to, i + 1) - std::max<double>(from, i));
  };
  for (int y = 0; y < place.height; ++y) {
    for (int x = 0; x < place.width; ++x) {
      const double left = x * across, top = y * down;
      for (int sy = static_cast<int>(top); sy < std::min<double>(top + down, source.height); ++sy) {
        for (int sx = static_cast<int>(left); sx < std::min<double>(left + across, source.width);
             ++sx) {
          const double weight =
              covered(left, left + across, sx) * covered(top, top + down, sy) / (across * down);
          for (int c = 0; c < 3; ++c) result.at(x, y, c) += weight * source.channel(sx, sy, c);
        }
      }
    }
  }
  return result;
}

/// The largest difference inside the placement.
double worst_against_float(const FloatPicture& source, const YuvPicture& target,
                           const Placement& place) {
  const Float definition = reference(target.format());
  const int block = target.format().chroma == Chroma::k420 ? 2 : 1;
  double worst = 0;
  const auto compare = [&](int got, double wanted) {
    worst = std::max(worst, std::abs(got - wanted));
  };
  for (int y = 0; y < place.height; ++y) {
    for (int x = 0; x < place.width; ++x) {
      const auto c = [&](int channel) { return source.at(x, y, channel); };
      compare(sample(target, 0, place.x + x, place.y + y), definition.luma(c(0), c(1), c(2)));
    }
  }
  for (int y = 0; y < (place.height + block - 1) / block; ++y) {
    for (int x = 0; x < (place.width + block - 1) / block; ++x) {
      double mean[3] = {};
      for (int dy = 0; dy < block; ++dy) {
        for (int dx = 0; dx < block; ++dx) {
          for (int channel = 0; channel < 3; ++channel) {
            mean[channel] += source.at(std::min(x * block + dx, place.width - 1),
                                       std::min(y * block + dy, place.height - 1), channel) /
                             (block * block);
          }
        }
      }
      const int row = place.y / block + y;
      const int column = place.x / block + x;
      compare(sample(target, 1, column, row), definition.cb(mean[0], mean[1], mean[2]));
      compare(sample(target, 2, column, row), definition.cr(mean[0], mean[1], mean[2]));
    }
  }
  return worst;
}

}  // namespace

TEST_CASE("conversion stays within one level of the float definition") {
  for (const RowKernels* kernels : row_kernel_sets()) {
    CAPTURE(std::string(kernels->name));
    for (const YuvFormat& format : kFormats) {
      CAPTURE(static_cast<int>(format.color_space));
      CAPTURE(format.full_range);
      for (const auto& [width, height] : {std::pair{128, 16}, {1366, 6}, {70, 8}, {33, 5}}) {
        const Pixels source = noise(width, height, 7);
        YuvPicture target(width, height, format);
        PictureConverter(*kernels).convert(source.view(), target);
        const Placement whole{0, 0, width, height};
        CHECK(worst_against_float(shrunk(source, whole), target, whole) <= 1.0);
      }
    }
  }
}

TEST_CASE("black, white and greys are exact and colourless") {
  for (const YuvFormat& format : kFormats) {
    Pixels source(256, 2);
    for (int x = 0; x < 256; ++x) {
      for (int y = 0; y < 2; ++y) std::fill_n(source.at(x, y), 3, static_cast<std::uint8_t>(x));
    }
    YuvPicture target(256, 2, format);
    PictureConverter().convert(source.view(), target);
    const int levels = format.bit_depth == 10 ? 4 : 1;
    const int white = format.bit_depth == 10 ? 1023 : 255;
    CHECK(sample(target, 0, 0, 0) == (format.full_range ? 0 : 16 * levels));
    CHECK(sample(target, 0, 255, 0) == (format.full_range ? white : 235 * levels));
    for (int x = 0; x < target.plane(1).width; ++x) {
      CHECK(sample(target, 1, x, 0) == 128 * levels);
      CHECK(sample(target, 2, x, 0) == 128 * levels);
    }
  }
}

TEST_CASE("every kernel set writes the same bytes, scaled or not") {
  for (const RowKernels* kernels : row_kernel_sets()) {
    CAPTURE(std::string(kernels->name));
    for (const YuvFormat& format : kFormats) {
      for (const auto& [width, height] :
           {std::pair{640, 360}, {333, 77}, {1000, 200}, {64, 300}, {1280, 724}, {7, 5}, {1, 1}}) {
        CAPTURE(width);
        const Pixels source = noise(width, height, 11);
        YuvPicture one(646, 366, format);
        YuvPicture two(646, 366, format);
        PictureConverter(portable_row_kernels()).convert(source.view(), one);
        PictureConverter(*kernels).convert(source.view(), two);
        CHECK(same_samples(one, two));
      }
    }
  }
}

TEST_CASE("several threads give the same bytes as one") {
  for (const YuvFormat& format : {kFormats[2], kFormats[4]}) {
    for (const auto& [width, height] : {std::pair{320, 182}, {500, 281}, {160, 3}}) {
      CAPTURE(width);
      YuvPicture one(320, 182, format);
      YuvPicture many(320, 182, format);
      PictureConverter alone(row_kernels(), 1);
      PictureConverter shared(row_kernels(), 5);
      for (unsigned seed = 0; seed < 20; ++seed) {
        const Pixels source = noise(width, height, seed);
        alone.convert(source.view(), one);
        shared.convert(source.view(), many);
        CHECK(same_samples(one, many));
      }
    }
  }
}

TEST_CASE("shrinking is the mean over the area, within one level of the float definition") {
  for (const RowKernels* kernels : row_kernel_sets()) {
    CAPTURE(std::string(kernels->name));
    for (const YuvFormat& format : kFormats) {
      CAPTURE(static_cast<int>(format.color_space));
      CAPTURE(format.full_range);
      for (const auto& [width, height] : {std::pair{192, 108}, {128, 72}, {256, 144}, {500, 281}}) {
        CAPTURE(width);
        const Pixels source = noise(width, height, 3);
        YuvPicture target(128, 72, format);
        const Placement place = placement(width, height, 128, 72);
        PictureConverter(*kernels).convert(source.view(), target);
        CHECK(worst_against_float(shrunk(source, place), target, place) <= 1.0);
      }
    }
  }
}

TEST_CASE("growing a ramp gives a ramp") {
  Pixels source(64, 64);
  for (int y = 0; y < 64; ++y) {
    for (int x = 0; x < 64; ++x) std::fill_n(source.at(x, y), 3, static_cast<std::uint8_t>(x * 4));
  }
  YuvPicture target(256, 256, {Chroma::k420, ColorSpace::kBt709, true});
  PictureConverter().convert(source.view(), target);
  for (int x = 4; x < 250; ++x) {
    const double wanted = ((x + 0.5) / 4 - 0.5) * 4;
    CHECK(std::abs(target.plane(0).row(100)[x] - wanted) <= 1.5);
  }
}

TEST_CASE("a source of another aspect lies in the middle of black") {
  CHECK(placement(1920, 1080, 1280, 720) == Placement{0, 0, 1280, 720});
  CHECK(placement(1024, 768, 1280, 720) == Placement{160, 0, 960, 720});
  CHECK(placement(2560, 1080, 1280, 720) == Placement{0, 90, 1280, 540});
  CHECK(placement(1, 4000, 1280, 720).width == 2);

  Pixels source(1024, 768);
  std::fill(source.bytes.begin(), source.bytes.end(), 255);
  YuvPicture target(1280, 720, {Chroma::k420, ColorSpace::kBt709, false});
  PictureConverter converter;
  converter.convert(source.view(), target);
  CHECK(target.plane(0).row(300)[159] == 16);
  CHECK(target.plane(0).row(300)[160] == 235);
  CHECK(target.plane(0).row(300)[1119] == 235);
  CHECK(target.plane(0).row(300)[1120] == 16);
  CHECK(target.plane(1).row(0)[0] == 128);

  // The same buffer, used for another placement, keeps nothing of the old one.
  Pixels wide(2560, 1080);
  std::fill(wide.bytes.begin(), wide.bytes.end(), 255);
  converter.convert(wide.view(), target);
  CHECK(target.plane(0).row(89)[640] == 16);
  CHECK(target.plane(0).row(90)[640] == 235);
}

TEST_CASE("pictures are reused once nobody holds them") {
  YuvPicturePool pool(64, 64, {});
  auto first = pool.take();
  const auto* address = first.get();
  auto second = pool.take();
  CHECK(second.get() != address);
  first.reset();
  CHECK(pool.take().get() == address);
}
