#if defined(__x86_64__)

#include <immintrin.h>

#include "packet/galois_field.h"
#include "packet/parity_tiles.h"

namespace earthshine {

namespace {

template <int kRows, int kVectors>
[[gnu::target("avx512f,avx512bw,gfni")]] void tile(const ParityJob& job, std::size_t row,
                                                   std::size_t column) {
  __m512i sums[kRows][kVectors];
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) sums[r][v] = _mm512_setzero_si512();
  }
  const std::uint8_t* source = job.source + column;
  const std::uint8_t* coefficients = job.coefficients + row;
  for (std::size_t i = 0; i < job.data; ++i) {
    __m512i bytes[kVectors];
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) {
      // SAFETY: unaligned loads within [column, column + 64 * kVectors) of a shard.
      bytes[v] = _mm512_loadu_si512(reinterpret_cast<const __m512i*>(source + 64 * v));
    }
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) {
      const __m512i matrix =
          _mm512_set1_epi64(static_cast<long long>(galois::kAffine[coefficients[r]]));
#pragma GCC unroll 8
      for (int v = 0; v < kVectors; ++v) {
        sums[r][v] =
            _mm512_xor_si512(sums[r][v], _mm512_gf2p8affine_epi64_epi8(bytes[v], matrix, 0));
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
      _mm512_storeu_si512(reinterpret_cast<__m512i*>(target + 64 * v), sums[r][v]);
    }
  }
}

constexpr ParityTile kWide[] = {tile<1, 2>, tile<2, 2>, tile<3, 2>, tile<4, 2>,
                                tile<5, 2>, tile<6, 2>, tile<7, 2>, tile<8, 2>};
constexpr ParityTile kNarrow[] = {tile<1, 1>, tile<2, 1>, tile<3, 1>, tile<4, 1>,
                                  tile<5, 1>, tile<6, 1>, tile<7, 1>, tile<8, 1>};
constexpr ParityTiles kTiles{8, 128, 64, kWide, kNarrow, parity_avx2_gfni};

}  // namespace

void parity_avx512_gfni(const ParityJob& job) {
  run_tiles(job, kTiles);
}

}  // namespace earthshine

#endif
