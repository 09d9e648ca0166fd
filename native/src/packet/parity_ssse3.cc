#if defined(__x86_64__)

#include <immintrin.h>

#include "packet/galois_field.h"
#include "packet/parity_tiles.h"

namespace earthshine {

namespace {

template <int kRows, int kVectors>
[[gnu::target("ssse3")]] void tile(const ParityJob& job, std::size_t row, std::size_t column) {
  const __m128i mask = _mm_set1_epi8(15);
  __m128i sums[kRows][kVectors];
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) sums[r][v] = _mm_setzero_si128();
  }
  const std::uint8_t* source = job.source + column;
  const std::uint8_t* coefficients = job.coefficients + row;
  for (std::size_t i = 0; i < job.data; ++i) {
    __m128i low[kVectors], high[kVectors];
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) {
      // SAFETY: unaligned loads within [column, column + 16 * kVectors) of a shard.
      const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(source + 16 * v));
      low[v] = _mm_and_si128(bytes, mask);
      high[v] = _mm_and_si128(_mm_srli_epi64(bytes, 4), mask);
    }
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) {
      const auto& products = galois::kNibbleProducts[coefficients[r]];
      const __m128i of_low = _mm_load_si128(reinterpret_cast<const __m128i*>(&products.low));
      const __m128i of_high = _mm_load_si128(reinterpret_cast<const __m128i*>(&products.high));
#pragma GCC unroll 8
      for (int v = 0; v < kVectors; ++v) {
        sums[r][v] = _mm_xor_si128(sums[r][v], _mm_xor_si128(_mm_shuffle_epi8(of_low, low[v]),
                                                             _mm_shuffle_epi8(of_high, high[v])));
      }
    }
    source += job.source_stride;
    coefficients += job.coefficient_stride;
  }
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
    std::uint8_t* target =
        job.target + (row + static_cast<std::size_t>(r)) * job.target_stride + column;
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) {
      _mm_storeu_si128(reinterpret_cast<__m128i*>(target + 16 * v), sums[r][v]);
    }
  }
}

constexpr ParityTile kWide[] = {tile<1, 2>, tile<2, 2>, tile<3, 2>, tile<4, 2>};
constexpr ParityTile kNarrow[] = {tile<1, 1>, tile<2, 1>, tile<3, 1>, tile<4, 1>};
constexpr ParityTiles kTiles{4, 32, 16, kWide, kNarrow, parity_portable};

}  // namespace

void parity_ssse3(const ParityJob& job) {
  run_tiles(job, kTiles);
}

}  // namespace earthshine

#endif
