#pragma once

#include <doctest/doctest.h>

#include <cstdint>
#include <variant>

#include "capture/source.h"

namespace earthshine::test {

/// The pixels of a grab, of a source that has them in memory.
inline const BgrxView& view_of(const Grab& grab) {
  return std::get<BgrxView>(grab.picture);
}

/// A Grab of pixels.
struct Shown {
  BgrxView view;
  Damage damage;
};

inline Shown grab(Source& source) {
  const auto grabbed = source.grab();
  REQUIRE(grabbed.ok());
  return {view_of(grabbed.value()), grabbed.value().damage};
}

/// 0xRRGGBB as the converter sees it: in the view's order, and with its patch.
inline std::uint32_t pixel(const BgrxView& view, int x, int y) {
  const std::uint8_t* p = view.row(y) + 4 * x;
  if (intersection(view.patch.area, {x, y, 1, 1}).area() > 0) {
    p = view.patch.pixels + (y - view.patch.area.y) * view.patch.stride +
        4 * (x - view.patch.area.x);
  }
  const bool blue_first = view.order == PixelOrder::kBgrx;
  return static_cast<std::uint32_t>(p[blue_first ? 2 : 0]) << 16 |
         static_cast<std::uint32_t>(p[1]) << 8 | p[blue_first ? 0 : 2];
}

}  // namespace earthshine::test
