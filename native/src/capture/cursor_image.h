#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace earthshine {

/// A cursor's picture: premultiplied 0xAARRGGBB, and where in it the pointer is.
struct CursorImage {
  int width = 0, height = 0, hot_x = 0, hot_y = 0;
  std::vector<std::uint32_t> pixels;
};

/// Premultiplied `over`: what shows through plus the cursor, per channel. Red and blue may be
/// swapped in both.
inline std::uint32_t blend(std::uint32_t below, std::uint32_t cursor) {
  const std::uint32_t through = 255 - (cursor >> 24);
  std::uint32_t result = 0;
  for (int shift = 0; shift < 24; shift += 8) {
    const std::uint32_t mixed =
        (cursor >> shift & 255) + ((below >> shift & 255) * through + 127) / 255;
    result |= std::min<std::uint32_t>(mixed, 255) << shift;
  }
  return result;
}

}  // namespace earthshine
