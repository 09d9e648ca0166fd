#pragma once

#include <cstdint>

#include "convert/bgrx_view.h"
#include "convert/yuv_picture.h"

namespace earthshine {

/// RGB → YCbCr in fixed point: a weight of 1 is 1 << kMatrixShift. Weights are in the memory order
/// of a pixel: blue, green, red, or red, green, blue.
inline constexpr int kMatrixShift = 15;

struct ColorMatrix {
  std::int16_t y[3], u[3], v[3];
  /// added before the shift: offset and one half, for one pixel
  std::int32_t y_offset, chroma_offset;
};

/// The matrix of ITU-R BT.601-7 §2.5, BT.709-6 §3 or BT.2020-2 table 4, scaled to 16…235 / 16…240
/// unless full range. For 10 bits, whose full range is a little more than four times that of 8, a
/// weighed pixel has two bits less behind its point.
/// The luma weights sum up exactly to white, and the chroma weights to zero, so greys stay grey.
ColorMatrix color_matrix(ColorSpace space, bool full_range, PixelOrder order = PixelOrder::kBgrx,
                         int bit_depth = 8);

}  // namespace earthshine
