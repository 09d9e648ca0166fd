#pragma once

#include <cstddef>
#include <cstdint>

namespace earthshine {

/// Borrowed pixels: four bytes each, blue, green, red, unused.
struct BgrxView {
  const std::uint8_t* pixels = nullptr;
  /// bytes from row to row
  std::ptrdiff_t stride = 0;
  int width = 0;
  int height = 0;

  [[nodiscard]] const std::uint8_t* row(int y) const { return pixels + y * stride; }
};

}  // namespace earthshine
