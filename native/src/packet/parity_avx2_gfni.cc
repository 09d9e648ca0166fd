#if defined(__x86_64__)

#include <immintrin.h>

#include "packet/galois_field.h"
#include "packet/parity_tiles.h"

namespace earthshine {

namespace {

template <int kRows, int kVectors>
[[gnu::target("avx2,gfni")]] void tile(const ParityJob& job, std::size_t row, std::size_t column) {
  __m256i sums[kRows][kVectors];
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) sums[r][v] = _mm256_setzero_si256();
  }
  const std::uint8_t* source = job.source + column;
  const std::uint8_t* coefficients = job.coefficients + row;
  for (std::size_t i = 0; i < job.data; ++i) {
    __m256i bytes[kVectors];
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) {
      // SAFETY: unaligned loads within [column, column + 32 * kVectors) of a shard.
      bytes[v] = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(source + 32 * v));
    }
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) {
      const __m256i matrix =
          _mm256_set1_epi64x(static_cast<long long>(galois::kAffine[coefficients[r]]));
#pragma GCC unroll 8
      for (int v = 0; v < kVectors; ++v) {
        sums[r][v] =
            _mm256_xor_si256(sums[r][v], _mm256_gf2p8affine_epi64_epi8(bytes[v], matrix, 0));
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
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(target + 32 * v), sums[r][v]);
    }
  }
}

constexpr ParityTile kWide[] = {tile<1, 2>, tile<2, 2>, tile<3, 2>,
                                tile<4, 2>, tile<5, 2>, tile<6, 2>};
constexpr ParityTile kNarrow[] = {tile<1, 1>, tile<2, 1>, tile<3, 1>,
                                  tile<4, 1>, tile<5, 1>, tile<6, 1>};
constexpr ParityTiles kTiles{6, 64, 32, kWide, kNarrow, parity_ssse3};

}  // namespace

void parity_avx2_gfni(const ParityJob& job) {
  run_tiles(job, kTiles);
}

}  // namespace earthshine

#endif
