#pragma once

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include "convert/bgrx_view.h"
#include "convert/yuv_picture.h"

namespace earthshine::test {

/// BGRx pixels of one's own.
struct Pixels {
  int width, height;
  std::vector<std::uint8_t> bytes;
  Pixels(int w, int h) : width(w), height(h), bytes(4 * static_cast<std::size_t>(w) * h) {}
  [[nodiscard]] BgrxView view() const { return {bytes.data(), 4 * width, width, height}; }
  std::uint8_t* at(int x, int y) {
    return bytes.data() + 4 * (static_cast<std::size_t>(y) * width + x);
  }
  [[nodiscard]] double channel(int x, int y, int c) const {
    return bytes[4 * (static_cast<std::size_t>(y) * width + x) + c];
  }
};

/// Every byte random, and the extremes in the first row.
inline Pixels noise(int width, int height, unsigned seed) {
  Pixels picture(width, height);
  std::mt19937 random(seed);
  for (auto& byte : picture.bytes) byte = static_cast<std::uint8_t>(random());
  // Extremes are where clamping goes wrong.
  for (int x = 0; x < width; ++x) {
    for (int c = 0; c < 4; ++c) picture.at(x, 0)[c] = (x >> c & 1) != 0 ? 255 : 0;
  }
  return picture;
}

inline constexpr YuvFormat kFormats[] = {
    {Chroma::k420, ColorSpace::kBt601, false},      {Chroma::k420, ColorSpace::kBt601, true},
    {Chroma::k420, ColorSpace::kBt709, false},      {Chroma::k420, ColorSpace::kBt709, true},
    {Chroma::k444, ColorSpace::kBt601, false},      {Chroma::k444, ColorSpace::kBt601, true},
    {Chroma::k444, ColorSpace::kBt709, false},      {Chroma::k444, ColorSpace::kBt709, true},
    {Chroma::k420, ColorSpace::kBt2020, false, 10}, {Chroma::k420, ColorSpace::kBt2020, true, 10},
    {Chroma::k444, ColorSpace::kBt2020, false, 10}, {Chroma::k444, ColorSpace::kBt2020, true, 10},
    {Chroma::k420, ColorSpace::kBt709, false, 10},  {Chroma::k420, ColorSpace::kBt709, true, 10},
    {Chroma::k444, ColorSpace::kBt601, false, 10},  {Chroma::k444, ColorSpace::kBt601, true, 10},
};

/// A sample of a plane, whatever its depth.
inline int sample(const YuvPicture& picture, int plane, int x, int y) {
  const std::uint8_t* row = picture.plane(plane).row(y);
  return picture.sample_bytes() == 1 ? row[x] : reinterpret_cast<const std::uint16_t*>(row)[x];
}

/// Whether the samples are the same; what lies between rows does not count.
inline bool same_samples(const YuvPicture& one, const YuvPicture& two) {
  for (int plane = 0; plane < 3; ++plane) {
    const auto& first = one.plane(plane);
    for (int y = 0; y < first.height; ++y) {
      const int bytes = first.width * one.sample_bytes();
      if (!std::equal(first.row(y), first.row(y) + bytes, two.plane(plane).row(y))) {
        return false;
      }
    }
  }
  return true;
}

}  // namespace earthshine::test
