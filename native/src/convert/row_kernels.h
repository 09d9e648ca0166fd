#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "convert/color_matrix.h"
#include "convert/scale_taps.h"

namespace earthshine {

/// Two rows of pixels and where their luma and chroma go. `width` pixels are converted; for 4:2:0
/// the chroma of a 2×2 block is the mean of its four pixels (sited in the middle, H.264 chroma
/// location type 1), and an odd last column stands for its missing neighbour.
/// A channel of a pixel is a byte as it was captured, or a word in 8.4 fixed point as it was
/// scaled; a sample is a byte, or a word with 10 bits at its low end.
template <typename Channel, typename Sample = std::uint8_t>
struct RowPair {
  const Channel* top;
  const Channel* bottom;
  Sample* y_top;
  Sample* y_bottom;
  Sample* u;
  Sample* v;
  int width;
};

/// One row at full chroma resolution.
template <typename Channel, typename Sample = std::uint8_t>
struct Row {
  const Channel* pixels;
  Sample* y;
  Sample* u;
  Sample* v;
  int width;
};

/// Bits behind the point of a scaled channel.
inline constexpr int kScaledBits = 4;

/// Bits of a sample, and those that a weighed pixel has behind its point.
template <typename Sample>
inline constexpr int kSampleBits = sizeof(Sample) == 1 ? 8 : 10;
template <typename Sample>
inline constexpr int kSampleShift = kMatrixShift - (kSampleBits<Sample> - 8);

/// Pixels into samples of one depth, with a matrix for it.
template <typename Sample>
struct ConversionKernels {
  void (*convert_420)(const RowPair<std::uint8_t, Sample>& rows, const ColorMatrix& matrix);
  void (*convert_444)(const Row<std::uint8_t, Sample>& row, const ColorMatrix& matrix);
  void (*convert_scaled_420)(const RowPair<std::uint16_t, Sample>& rows, const ColorMatrix& matrix);
  void (*convert_scaled_444)(const Row<std::uint16_t, Sample>& row, const ColorMatrix& matrix);
};

/// Rows of bytes to be summed up: `count` bytes of each, `taps` rows.
struct WeighedRows {
  const std::uint8_t* first;
  std::ptrdiff_t stride;
  const std::uint16_t* weights;
  int taps;
  int count;
};

/// The inner loops of conversion and scaling. There is no set for AVX-512: on a Zen 4 with 512-bit
/// registers in halves, one with the 8-bit dot product converted 1.2x slower than AVX2, and scaled
/// no more than 1.1x as fast in the cache, where pictures do not stay. All sets give the same
/// bytes; the portable one is the reference, and the tests compare.
struct RowKernels {
  const char* name;
  ConversionKernels<std::uint8_t> bytes;
  ConversionKernels<std::uint16_t> words;
  /// sum[i] = taps / 2 + Σ (byte << 8) × weight >> 16: 8.8 fixed point, and half of what cutting
  /// off loses.
  void (*accumulate)(std::uint16_t* sum, const WeighedRows& rows);
  /// Weighs columns of an accumulated row into pixels of the target's columns [begin, end); begin
  /// is a multiple of 8, and columns up to the next multiple of 8 behind the end may be written.
  /// The row is readable as far as the taps reach. target[i] is the channel of column begin + i
  /// / 4.
  void (*squeeze)(std::uint16_t* target, const std::uint16_t* row, const HorizontalTaps& taps,
                  int begin, int end);
};

const RowKernels& portable_row_kernels();
/// Null where the processor (or the architecture) has no AVX2.
const RowKernels* avx2_row_kernels();
/// The sets that run here, the best one last.
std::span<const RowKernels* const> row_kernel_sets();
/// The best set for this processor, chosen once; EARTHSHINE_CONVERT_KERNEL names another one that
/// runs here: "portable", "avx2".
const RowKernels& row_kernels();

}  // namespace earthshine
