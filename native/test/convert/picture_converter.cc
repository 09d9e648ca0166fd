#include "convert/picture_converter.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

using namespace earthshine;

namespace {

struct Picture {
  int width, height;
  std::vector<std::uint8_t> bytes;
  Picture(int w, int h) : width(w), height(h), bytes(4 * static_cast<std::size_t>(w) * h) {}
  [[nodiscard]] BgrxView view() const { return {bytes.data(), 4 * width, width, height}; }
  std::uint8_t* at(int x, int y) {
    return bytes.data() + 4 * (static_cast<std::size_t>(y) * width + x);
  }
  [[nodiscard]] double channel(int x, int y, int c) const {
    return bytes[4 * (static_cast<std::size_t>(y) * width + x) + c];
  }
};

Picture noise(int width, int height, unsigned seed) {
  Picture picture(width, height);
  std::mt19937 random(seed);
  for (auto& byte : picture.bytes) byte = static_cast<std::uint8_t>(random());
  // Extremes are where clamping goes wrong.
  for (int x = 0; x < width; ++x) {
    for (int c = 0; c < 4; ++c) picture.at(x, 0)[c] = (x >> c & 1) != 0 ? 255 : 0;
  }
  return picture;
}

/// The definition in floating point: E'Y, E'Cb, E'Cr of BT.601 and BT.709, quantized for 8 bits.
struct Float {
  double red, blue;
  bool full;
  double luma(double b, double g, double r) const {
    const double y = (red * r + (1 - red - blue) * g + blue * b) / 255;
    return full ? 255 * y : 16 + 219 * y;
  }
  double cb(double b, double g, double r) const {
    const double y = red * r + (1 - red - blue) * g + blue * b;
    return std::clamp(128 + (full ? 255.0 : 224.0) * (b - y) / 255 / (2 * (1 - blue)), 0.0, 255.0);
  }
  double cr(double b, double g, double r) const {
    const double y = red * r + (1 - red - blue) * g + blue * b;
    return std::clamp(128 + (full ? 255.0 : 224.0) * (r - y) / 255 / (2 * (1 - red)), 0.0, 255.0);
  }
};

Float reference(const YuvFormat& format) {
  const bool hd = format.color_space == ColorSpace::kBt709;
  return {hd ? 0.2126 : 0.299, hd ? 0.0722 : 0.114, format.full_range};
}

double worst_against_float(const Picture& source, const YuvPicture& target) {
  const Float definition = reference(target.format());
  const bool half = target.format().chroma == Chroma::k420;
  double worst = 0;
  const auto compare = [&](std::uint8_t got, double wanted) {
    worst = std::max(worst, std::abs(got - wanted));
  };
  for (int y = 0; y < target.height(); ++y) {
    for (int x = 0; x < target.width(); ++x) {
      const auto c = [&](int channel) { return source.channel(x, y, channel); };
      compare(target.plane(0).row(y)[x], definition.luma(c(0), c(1), c(2)));
    }
  }
  const int block = half ? 2 : 1;
  for (int y = 0; y < target.plane(1).height; ++y) {
    for (int x = 0; x < target.plane(1).width; ++x) {
      double mean[3] = {};
      for (int dy = 0; dy < block; ++dy) {
        for (int dx = 0; dx < block; ++dx) {
          for (int channel = 0; channel < 3; ++channel) {
            mean[channel] += source.channel(std::min(x * block + dx, source.width - 1),
                                            std::min(y * block + dy, source.height - 1), channel) /
                             (block * block);
          }
        }
      }
      compare(target.plane(1).row(y)[x], definition.cb(mean[0], mean[1], mean[2]));
      compare(target.plane(2).row(y)[x], definition.cr(mean[0], mean[1], mean[2]));
    }
  }
  return worst;
}

std::vector<const RowKernels*> kernel_sets() {
  std::vector<const RowKernels*> sets{&portable_row_kernels()};
  if (avx2_row_kernels() != nullptr) sets.push_back(avx2_row_kernels());
  return sets;
}

const YuvFormat kFormats[] = {
    {Chroma::k420, ColorSpace::kBt601, false}, {Chroma::k420, ColorSpace::kBt601, true},
    {Chroma::k420, ColorSpace::kBt709, false}, {Chroma::k420, ColorSpace::kBt709, true},
    {Chroma::k444, ColorSpace::kBt601, false}, {Chroma::k444, ColorSpace::kBt601, true},
    {Chroma::k444, ColorSpace::kBt709, false}, {Chroma::k444, ColorSpace::kBt709, true},
};

}  // namespace

TEST_CASE("conversion stays within one level of the float definition") {
  for (const RowKernels* kernels : kernel_sets()) {
    CAPTURE(std::string(kernels->name));
    for (const YuvFormat& format : kFormats) {
      CAPTURE(static_cast<int>(format.color_space));
      CAPTURE(format.full_range);
      for (const auto& [width, height] : {std::pair{128, 16}, {1366, 6}, {70, 8}, {33, 5}}) {
        const Picture source = noise(width, height, 7);
        YuvPicture target(width, height, format);
        PictureConverter(*kernels).convert(source.view(), target);
        CHECK(worst_against_float(source, target) <= 1.0);
      }
    }
  }
}

TEST_CASE("black, white and greys are exact and colourless") {
  for (const YuvFormat& format : kFormats) {
    Picture source(256, 2);
    for (int x = 0; x < 256; ++x) {
      for (int y = 0; y < 2; ++y) std::fill_n(source.at(x, y), 3, static_cast<std::uint8_t>(x));
    }
    YuvPicture target(256, 2, format);
    PictureConverter().convert(source.view(), target);
    CHECK(target.plane(0).row(0)[0] == (format.full_range ? 0 : 16));
    CHECK(target.plane(0).row(0)[255] == (format.full_range ? 255 : 235));
    for (int x = 0; x < target.plane(1).width; ++x) {
      CHECK(target.plane(1).row(0)[x] == 128);
      CHECK(target.plane(2).row(0)[x] == 128);
    }
  }
}

TEST_CASE("every kernel set writes the same bytes, scaled or not") {
  if (avx2_row_kernels() == nullptr) {
    MESSAGE("not compared: this processor has no AVX2");
    return;
  }
  for (const YuvFormat& format : kFormats) {
    for (const auto& [width, height] :
         {std::pair{640, 360}, {333, 77}, {1000, 200}, {64, 300}, {1280, 724}}) {
      const Picture source = noise(width, height, 11);
      YuvPicture one(640, 360, format);
      YuvPicture two(640, 360, format);
      PictureConverter(portable_row_kernels()).convert(source.view(), one);
      PictureConverter(*avx2_row_kernels()).convert(source.view(), two);
      for (int plane = 0; plane < 3; ++plane) {
        const auto& first = one.plane(plane);
        const auto& second = two.plane(plane);
        bool same = true;
        for (int y = 0; y < first.height; ++y) {
          same = same && std::equal(first.row(y), first.row(y) + first.width, second.row(y));
        }
        CHECK(same);
      }
    }
  }
}

TEST_CASE("shrinking is the mean over the area, within two levels") {
  const Picture source = noise(960, 540, 3);
  const YuvFormat format{Chroma::k444, ColorSpace::kBt709, true};
  YuvPicture target(640, 360, format);
  PictureConverter().convert(source.view(), target);
  const Float definition = reference(format);
  double worst = 0;
  for (int y = 0; y < 360; ++y) {
    for (int x = 0; x < 640; ++x) {
      // 1.5 source pixels a side: one whole and one half.
      const double wx[2] = {x % 2 == 0 ? 1.0 : 0.5, x % 2 == 0 ? 0.5 : 1.0};
      const double wy[2] = {y % 2 == 0 ? 1.0 : 0.5, y % 2 == 0 ? 0.5 : 1.0};
      double mean[3] = {};
      for (int dy = 0; dy < 2; ++dy) {
        for (int dx = 0; dx < 2; ++dx) {
          for (int c = 0; c < 3; ++c) {
            mean[c] += wx[dx] * wy[dy] / 2.25 * source.channel(x * 3 / 2 + dx, y * 3 / 2 + dy, c);
          }
        }
      }
      worst = std::max(
          worst, std::abs(target.plane(0).row(y)[x] - definition.luma(mean[0], mean[1], mean[2])));
    }
  }
  CHECK(worst <= 2.0);
}

TEST_CASE("growing a ramp gives a ramp") {
  Picture source(64, 64);
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

  Picture source(1024, 768);
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
  Picture wide(2560, 1080);
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
