#include "capture/canvas.h"

#include "capture/bitmap_font.h"

namespace earthshine {

Rectangle Canvas::clipped(const Rectangle& area) const {
  const int left = std::clamp(area.x, 0, width_);
  const int top = std::clamp(area.y, 0, height_);
  const int right = std::clamp(area.x + area.width, left, width_);
  const int bottom = std::clamp(area.y + area.height, top, height_);
  return {left, top, right - left, bottom - top};
}

void Canvas::fill(const Rectangle& area, std::uint32_t color) {
  const Rectangle inside = clipped(area);
  for (int y = inside.y; y < inside.y + inside.height; ++y) {
    std::fill_n(pixels_.data() + static_cast<std::size_t>(y) * width_ + inside.x, inside.width,
                color);
  }
}

void Canvas::copy(const Canvas& from, const Rectangle& area) {
  const Rectangle inside = clipped(area);
  for (int y = inside.y; y < inside.y + inside.height; ++y) {
    const std::size_t offset = static_cast<std::size_t>(y) * width_ + inside.x;
    std::copy_n(from.pixels_.data() + offset, inside.width, pixels_.data() + offset);
  }
}

void Canvas::text(int x, int y, int scale, std::uint32_t color, std::string_view characters) {
  for (const char character : characters) {
    const auto rows = glyph(character);
    for (int row = 0; row < kGlyphHeight; ++row) {
      for (int column = 0; column < kGlyphWidth; ++column) {
        if ((rows[row] >> (kGlyphWidth - 1 - column) & 1) == 0) continue;
        fill({x + column * scale, y + row * scale, scale, scale}, color);
      }
    }
    x += (kGlyphWidth + 1) * scale;
  }
}

}  // namespace earthshine
