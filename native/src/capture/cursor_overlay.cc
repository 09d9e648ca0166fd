#include "capture/cursor_overlay.h"

#include <cstring>
#include <utility>

namespace earthshine {
namespace {

std::uint32_t in_order(std::uint32_t pixel, PixelOrder order) {
  if (order == PixelOrder::kBgrx) return pixel;
  return (pixel & 0xFF00FF00) | (pixel >> 16 & 0xFF) | (pixel & 0xFF) << 16;
}

}  // namespace

void CursorOverlay::set_image(CursorImage image) {
  image_ = std::move(image);
  changed_ = true;
}

void CursorOverlay::move(int x, int y) {
  if (shown_ && x == x_ && y == y_) return;
  shown_ = changed_ = true;
  x_ = x;
  y_ = y;
}

void CursorOverlay::hide() {
  if (!shown_) return;
  shown_ = false;
  changed_ = true;
}

Rectangle CursorOverlay::place(const BgrxView& picture) const {
  if (!shown_ || image_.pixels.empty()) return {};
  return intersection({x_ - image_.hot_x, y_ - image_.hot_y, image_.width, image_.height},
                      {0, 0, picture.width, picture.height});
}

void CursorOverlay::apply(BgrxView& picture, Damage& damage) {
  const Rectangle area = place(picture);
  const bool moved = std::exchange(changed_, false) || !(area == area_) || order_ != picture.order;
  if (moved) {
    damage.add(area_);
    damage.add(area);
    area_ = area;
    order_ = picture.order;
  }
  if (area.empty()) return;
  bool stale = moved || damage.is_everything();
  if (!stale) {
    for (const Rectangle& each : damage.rectangles()) {
      stale = stale || !intersection(each, area).empty();
    }
  }
  if (stale) draw(picture, area);
  // SAFETY: bytes of our own pixels.
  picture.patch = {reinterpret_cast<const std::uint8_t*>(patch_.data()), 4 * area.width, area};
}

void CursorOverlay::draw(const BgrxView& picture, const Rectangle& area) {
  patch_.resize(static_cast<std::size_t>(area.area()));
  const int left = area.x - (x_ - image_.hot_x);
  const int top = area.y - (y_ - image_.hot_y);
  for (int row = 0; row < area.height; ++row) {
    std::uint32_t* target = patch_.data() + static_cast<std::size_t>(row) * area.width;
    std::memcpy(target, picture.row(area.y + row) + 4 * static_cast<std::ptrdiff_t>(area.x),
                4 * static_cast<std::size_t>(area.width));
    const std::uint32_t* cursor =
        image_.pixels.data() + static_cast<std::size_t>(top + row) * image_.width + left;
    for (int column = 0; column < area.width; ++column) {
      target[column] = blend(target[column], in_order(cursor[column], order_));
    }
  }
}

}  // namespace earthshine
