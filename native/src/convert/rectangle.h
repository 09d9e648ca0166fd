#pragma once

#include <algorithm>
#include <cstdint>

namespace earthshine {

/// Pixels from (x, y) on; nothing when a side is 0.
struct Rectangle {
  int x = 0, y = 0, width = 0, height = 0;

  [[nodiscard]] bool empty() const { return width <= 0 || height <= 0; }
  [[nodiscard]] std::int64_t area() const {
    return empty() ? 0 : static_cast<std::int64_t>(width) * height;
  }
  [[nodiscard]] int right() const { return x + width; }
  [[nodiscard]] int bottom() const { return y + height; }
  [[nodiscard]] bool contains(const Rectangle& other) const {
    return x <= other.x && y <= other.y && right() >= other.right() && bottom() >= other.bottom();
  }

  friend bool operator==(const Rectangle&, const Rectangle&) = default;
};

/// What both have in common.
inline Rectangle intersection(const Rectangle& a, const Rectangle& b) {
  const int left = std::max(a.x, b.x);
  const int top = std::max(a.y, b.y);
  return {left, top, std::max(std::min(a.right(), b.right()) - left, 0),
          std::max(std::min(a.bottom(), b.bottom()) - top, 0)};
}

/// The smallest rectangle around both; neither may be empty.
inline Rectangle bounding(const Rectangle& a, const Rectangle& b) {
  const int left = std::min(a.x, b.x);
  const int top = std::min(a.y, b.y);
  return {left, top, std::max(a.right(), b.right()) - left, std::max(a.bottom(), b.bottom()) - top};
}

}  // namespace earthshine
