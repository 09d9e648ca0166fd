#include "convert/row_kernels.h"

#include <algorithm>

namespace earthshine {
namespace {

std::uint8_t clamp_byte(std::int32_t value) {
  return static_cast<std::uint8_t>(std::clamp(value, 0, 255));
}

std::uint8_t weigh(const std::uint8_t* pixel, const std::int16_t (&weights)[3],
                   std::int32_t offset) {
  const std::int32_t sum =
      pixel[0] * weights[0] + pixel[1] * weights[1] + pixel[2] * weights[2] + offset;
  return clamp_byte(sum >> kMatrixShift);
}

void convert_420(const RowPair& rows, const ColorMatrix& matrix) {
  for (int x = 0; x < rows.width; ++x) {
    rows.y_top[x] = weigh(rows.top + 4 * x, matrix.y, matrix.y_offset);
    rows.y_bottom[x] = weigh(rows.bottom + 4 * x, matrix.y, matrix.y_offset);
  }
  // Sums of four pixels, so everything is four times as large.
  const std::int32_t offset = matrix.chroma_offset * 4;
  for (int x = 0; x < rows.width; x += 2) {
    const int next = x + 1 < rows.width ? x + 1 : x;
    std::int32_t u = offset;
    std::int32_t v = offset;
    for (int channel = 0; channel < 3; ++channel) {
      const std::int32_t sum = rows.top[4 * x + channel] + rows.top[4 * next + channel] +
                               rows.bottom[4 * x + channel] + rows.bottom[4 * next + channel];
      u += sum * matrix.u[channel];
      v += sum * matrix.v[channel];
    }
    rows.u[x / 2] = clamp_byte(u >> (kMatrixShift + 2));
    rows.v[x / 2] = clamp_byte(v >> (kMatrixShift + 2));
  }
}

void convert_444(const Row& row, const ColorMatrix& matrix) {
  for (int x = 0; x < row.width; ++x) {
    row.y[x] = weigh(row.pixels + 4 * x, matrix.y, matrix.y_offset);
    row.u[x] = weigh(row.pixels + 4 * x, matrix.u, matrix.chroma_offset);
    row.v[x] = weigh(row.pixels + 4 * x, matrix.v, matrix.chroma_offset);
  }
}

void accumulate(std::uint16_t* sum, const std::uint8_t* source, std::uint16_t weight, int count) {
  for (int i = 0; i < count; ++i) {
    sum[i] = static_cast<std::uint16_t>(
        sum[i] + ((static_cast<std::uint32_t>(source[i]) << 8) * weight >> 16));
  }
}

void squeeze(std::uint8_t* target, const std::uint16_t* source, const HorizontalTap* taps,
             const std::int16_t* weights, int width) {
  for (int x = 0; x < width; ++x) {
    const HorizontalTap& tap = taps[x];
    for (int channel = 0; channel < 4; ++channel) {
      // 8.8 loses one bit to fit int16, weights have 14: the sum is 8.21, rounded.
      std::int32_t sum = 1 << 20;
      for (int i = 0; i < 2 * tap.pairs; ++i) {
        sum += (source[4 * (tap.start + i) + channel] >> 1) * weights[tap.offset + i];
      }
      target[4 * x + channel] = clamp_byte(sum >> 21);
    }
  }
}

}  // namespace

const RowKernels& portable_row_kernels() {
  static constexpr RowKernels kernels{"portable", convert_420, convert_444, accumulate, squeeze};
  return kernels;
}

const RowKernels& row_kernels() {
  static const RowKernels& best =
      avx2_row_kernels() != nullptr ? *avx2_row_kernels() : portable_row_kernels();
  return best;
}

}  // namespace earthshine
