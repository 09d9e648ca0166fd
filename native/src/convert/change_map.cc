#include "convert/change_map.h"

#include <algorithm>

namespace earthshine {

void ChangeMap::fill(std::uint8_t value) {
  std::fill(unchanged_.begin(), unchanged_.end(), value);
}

void ChangeMap::mark_changed(int x, int y, int width, int height) {
  if (width <= 0 || height <= 0) return;
  const int left = std::clamp(x, 0, columns_ * 16) / 16;
  const int top = std::clamp(y, 0, rows_ * 16) / 16;
  const int right = (std::clamp(x + width, 0, columns_ * 16) + 15) / 16;
  const int bottom = (std::clamp(y + height, 0, rows_ * 16) + 15) / 16;
  for (int row = top; row < bottom; ++row) {
    std::fill_n(unchanged_.begin() + static_cast<std::ptrdiff_t>(row) * columns_ + left,
                std::max(right - left, 0), 0);
  }
}

void ChangeMap::merge(const ChangeMap& later) {
  std::transform(unchanged_.begin(), unchanged_.end(), later.unchanged_.begin(), unchanged_.begin(),
                 [](std::uint8_t a, std::uint8_t b) { return static_cast<std::uint8_t>(a & b); });
}

std::size_t ChangeMap::changed_blocks() const {
  return static_cast<std::size_t>(std::count(unchanged_.begin(), unchanged_.end(), 0));
}

}  // namespace earthshine
