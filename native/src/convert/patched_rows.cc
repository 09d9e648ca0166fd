#include "convert/patched_rows.h"

#include <cstring>

namespace earthshine {

SourceRows patched_rows(const BgrxView& view, const Rectangle& area,
                        std::vector<std::uint8_t>& room) {
  const std::uint8_t* first = view.row(area.y) + 4 * static_cast<std::ptrdiff_t>(area.x);
  if (view.patch.area.empty()) return {first, view.stride};
  const Rectangle shown = intersection(view.patch.area, area);
  if (shown.empty()) return {first, view.stride};

  const std::size_t bytes = 4 * static_cast<std::size_t>(area.width);
  const std::size_t needed = bytes * static_cast<std::size_t>(area.height);
  if (room.size() < needed) room.resize(needed);
  for (int row = 0; row < area.height; ++row) {
    std::memcpy(room.data() + row * bytes, first + row * view.stride, bytes);
  }
  for (int y = shown.y; y < shown.bottom(); ++y) {
    const std::uint8_t* from = view.patch.pixels + (y - view.patch.area.y) * view.patch.stride +
                               4 * static_cast<std::ptrdiff_t>(shown.x - view.patch.area.x);
    std::memcpy(room.data() + static_cast<std::size_t>(y - area.y) * bytes +
                    4 * static_cast<std::size_t>(shown.x - area.x),
                from, 4 * static_cast<std::size_t>(shown.width));
  }
  return {room.data(), static_cast<std::ptrdiff_t>(bytes)};
}

}  // namespace earthshine
