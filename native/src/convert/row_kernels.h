#pragma once

#include <cstdint>

#include "convert/color_matrix.h"

namespace earthshine {

/// Two rows of BGRx and where their luma and chroma go. `width` pixels are converted; for 4:2:0 the
/// chroma of a 2×2 block is the mean of its four pixels (sited in the middle, H.264 chroma location
/// type 1), and an odd last column stands for its missing neighbour.
struct RowPair {
  const std::uint8_t* top;
  const std::uint8_t* bottom;
  std::uint8_t* y_top;
  std::uint8_t* y_bottom;
  std::uint8_t* u;
  std::uint8_t* v;
  int width;
};

/// One row at full chroma resolution.
struct Row {
  const std::uint8_t* pixels;
  std::uint8_t* y;
  std::uint8_t* u;
  std::uint8_t* v;
  int width;
};

/// Where a scaled pixel comes from: `count` source pixels from `start`, their weights at
/// `weights + offset`, padded to an even count. Weights sum up to 1 << 14.
struct HorizontalTap {
  int start;
  int pairs;
  int offset;
};

/// The inner loops of conversion and scaling. All sets give the same bytes; the portable one is the
/// reference, and the tests compare.
struct RowKernels {
  const char* name;
  void (*convert_420)(const RowPair& rows, const ColorMatrix& matrix);
  void (*convert_444)(const Row& row, const ColorMatrix& matrix);
  /// sum[i] += (source[i] << 8) * weight >> 16, for `count` bytes; a multiple of 32 may be written
  void (*accumulate)(std::uint16_t* sum, const std::uint8_t* source, std::uint16_t weight,
                     int count);
  /// Weighs columns of an accumulated row (8.8 fixed point, readable one pixel past the end) into
  /// `width` BGRx pixels.
  void (*squeeze)(std::uint8_t* target, const std::uint16_t* source, const HorizontalTap* taps,
                  const std::int16_t* weights, int width);
};

const RowKernels& portable_row_kernels();
/// Null where the processor (or the architecture) has no AVX2.
const RowKernels* avx2_row_kernels();
/// The best set for this processor, chosen once.
const RowKernels& row_kernels();

}  // namespace earthshine
