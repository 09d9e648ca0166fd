#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/large_memory.h"
#include "convert/bgrx_view.h"
#include "convert/rectangle.h"

namespace earthshine {

/// An own BGRx picture to draw on; everything outside of it is cut off.
class Canvas {
 public:
  Canvas(int width, int height)
      : width_(width), height_(height), pixels_(static_cast<std::size_t>(width) * height) {}

  [[nodiscard]] int width() const { return width_; }
  [[nodiscard]] int height() const { return height_; }
  [[nodiscard]] BgrxView view() const {
    // SAFETY: bytes of our own pixels; a pixel's memory order is blue, green, red, unused on the
    // little-endian machines this runs on.
    return {reinterpret_cast<const std::uint8_t*>(pixels_.data()), 4 * width_, width_, height_};
  }

  /// `color` is 0xRRGGBB.
  void fill(const Rectangle& area, std::uint32_t color);
  void copy(const Canvas& from, const Rectangle& area);
  /// 5×7 glyphs blown up by `scale`, one blank column between.
  void text(int x, int y, int scale, std::uint32_t color, std::string_view characters);

 private:
  [[nodiscard]] Rectangle clipped(const Rectangle& area) const;

  int width_, height_;
  std::vector<std::uint32_t, LargeAllocator<std::uint32_t>> pixels_;
};

}  // namespace earthshine
