#include "capture/x11_cursor.h"

#include <xcb/xfixes.h>

#include <algorithm>
#include <cstring>

namespace earthshine {
void CursorPainter::paint(std::uint8_t* pixels, int width, int height, int x, int y) {
  const int left = x - image_.hot_x;
  const int top = y - image_.hot_y;
  left_ = std::clamp(left, 0, width);
  top_ = std::clamp(top, 0, height);
  columns_ = std::clamp(left + image_.width, left_, width) - left_;
  rows_ = std::clamp(top + image_.height, top_, height) - top_;
  covered_.resize(static_cast<std::size_t>(columns_) * rows_);
  for (int row = 0; row < rows_; ++row) {
    std::uint8_t* target = pixels + 4 * (static_cast<std::size_t>(top_ + row) * width + left_);
    const std::uint32_t* cursor = image_.pixels.data() +
                                  static_cast<std::size_t>(top_ + row - top) * image_.width +
                                  (left_ - left);
    std::uint32_t* kept = covered_.data() + static_cast<std::size_t>(row) * columns_;
    for (int column = 0; column < columns_; ++column) {
      std::uint32_t pixel;
      std::memcpy(&pixel, target + 4 * static_cast<std::size_t>(column), 4);
      kept[column] = pixel;
      pixel = blend(pixel, cursor[column]);
      std::memcpy(target + 4 * static_cast<std::size_t>(column), &pixel, 4);
    }
  }
}

void CursorPainter::erase(std::uint8_t* pixels, int width) {
  if (covered_.empty()) return;
  for (int row = 0; row < rows_; ++row) {
    std::memcpy(pixels + 4 * (static_cast<std::size_t>(top_ + row) * width + left_),
                covered_.data() + static_cast<std::size_t>(row) * columns_,
                4 * static_cast<std::size_t>(columns_));
  }
  covered_.clear();
}

CursorImage x11_cursor_image(const X11Connection& x11) {
  const X11Reply<xcb_xfixes_get_cursor_image_reply_t> reply(xcb_xfixes_get_cursor_image_reply(
      x11.get(), xcb_xfixes_get_cursor_image(x11.get()), nullptr));
  if (!reply) return {};
  const std::size_t count = static_cast<std::size_t>(reply->width) * reply->height;
  if (static_cast<std::size_t>(xcb_xfixes_get_cursor_image_cursor_image_length(reply.get())) <
      count) {
    return {};
  }
  const std::uint32_t* pixels = xcb_xfixes_get_cursor_image_cursor_image(reply.get());
  return {reply->width, reply->height, reply->xhot, reply->yhot, {pixels, pixels + count}};
}

}  // namespace earthshine
