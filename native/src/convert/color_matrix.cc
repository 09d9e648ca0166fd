#include "convert/color_matrix.h"

#include <cmath>
#include <utility>

namespace earthshine {
namespace {

std::int16_t fixed(double weight) {
  return static_cast<std::int16_t>(std::lround(weight * (1 << kMatrixShift)));
}

struct Luma {
  double red, blue;
};

Luma luma_of(ColorSpace space) {
  switch (space) {
    case ColorSpace::kBt709:
      return {0.2126, 0.0722};
    case ColorSpace::kBt2020:
      return {0.2627, 0.0593};
    default:
      return {0.299, 0.114};
  }
}

}  // namespace

ColorMatrix color_matrix(ColorSpace space, bool full_range, PixelOrder order, int bit_depth) {
  const auto [red, blue] = luma_of(space);
  // Levels of the depth for one of a byte, as a part of the bits that it has more.
  const double whole = bit_depth == 10 ? 1023.0 / (4 * 255.0) : 1.0;
  const double luma = full_range ? whole : 219.0 / 255.0;
  const double chroma = full_range ? whole : 224.0 / 255.0;

  ColorMatrix matrix{};
  matrix.y[0] = fixed(blue * luma);
  matrix.y[2] = fixed(red * luma);
  // Green takes the rounding of the others. At full range it stays below 1, so int16 holds it.
  matrix.y[1] = static_cast<std::int16_t>(std::lround(luma * (1 << kMatrixShift)) - matrix.y[0] -
                                          matrix.y[2]);
  const double u_scale = chroma * 0.5 / (1 - blue);
  matrix.u[0] = fixed(chroma * 0.5);
  matrix.u[2] = fixed(-red * u_scale);
  matrix.u[1] = static_cast<std::int16_t>(-matrix.u[0] - matrix.u[2]);
  const double v_scale = chroma * 0.5 / (1 - red);
  matrix.v[2] = fixed(chroma * 0.5);
  matrix.v[0] = fixed(-blue * v_scale);
  matrix.v[1] = static_cast<std::int16_t>(-matrix.v[0] - matrix.v[2]);

  const std::int32_t half = 1 << (kMatrixShift - (bit_depth - 8) - 1);
  matrix.y_offset = (full_range ? 0 : 16 << kMatrixShift) + half;
  matrix.chroma_offset = (128 << kMatrixShift) + half;
  if (order == PixelOrder::kRgbx) {
    std::swap(matrix.y[0], matrix.y[2]);
    std::swap(matrix.u[0], matrix.u[2]);
    std::swap(matrix.v[0], matrix.v[2]);
  }
  return matrix;
}

}  // namespace earthshine
