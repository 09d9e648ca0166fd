#include "capture/row_bands.h"

#include <algorithm>

namespace earthshine {
namespace {

constexpr int kGap = 12;

}  // namespace

RowBands row_bands(const Damage& damage, int height) {
  RowBands result;
  if (damage.is_everything()) {
    result.bands[result.count++] = {0, height};
    return result;
  }
  std::array<Rectangle, Damage::kMost> areas{};
  const auto rectangles = damage.rectangles();
  const auto end = std::copy(rectangles.begin(), rectangles.end(), areas.begin());
  std::sort(areas.begin(), end, [](const Rectangle& a, const Rectangle& b) { return a.y < b.y; });
  for (auto area = areas.begin(); area != end; ++area) {
    const int top = std::max(area->y, 0);
    const int bottom = std::min(area->bottom(), height);
    if (bottom <= top) continue;
    if (result.count > 0) {
      RowBand& last = result.bands[result.count - 1];
      if (top <= last.top + last.rows + kGap) {
        last.rows = std::max(last.top + last.rows, bottom) - last.top;
        continue;
      }
    }
    result.bands[result.count++] = {top, bottom - top};
  }
  return result;
}

}  // namespace earthshine
