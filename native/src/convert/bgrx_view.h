#pragma once

#include <cstddef>
#include <cstdint>

#include "convert/rectangle.h"

namespace earthshine {

/// The order of a pixel's four bytes; the last one is not looked at.
enum class PixelOrder : std::uint8_t { kBgrx, kRgbx };

/// Pixels that stand in the place of a view's own, in its order: a cursor over a picture that may
/// not be written to.
struct PixelPatch {
  const std::uint8_t* pixels = nullptr;
  /// bytes from row to row
  std::ptrdiff_t stride = 0;
  /// where it lies, wholly inside the view; empty for no patch
  Rectangle area;
};

/// Borrowed pixels: four bytes each, blue, green, red, unused, where `order` says nothing else.
struct BgrxView {
  const std::uint8_t* pixels = nullptr;
  /// bytes from row to row; negative where the lowest row comes first
  std::ptrdiff_t stride = 0;
  int width = 0;
  int height = 0;
  PixelOrder order = PixelOrder::kBgrx;
  PixelPatch patch{};

  /// Without the patch.
  [[nodiscard]] const std::uint8_t* row(int y) const { return pixels + y * stride; }
};

}  // namespace earthshine
