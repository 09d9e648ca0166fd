#if defined(__x86_64__)

#include <immintrin.h>

#include "packet/galois_field.h"
#include "packet/parity_tiles.h"

namespace earthshine {

namespace {

/// Adds one or two data shards (at `source` and `source + job.source_stride`) to the sums. Two at a
/// time need one three-way XOR instead of two, which leaves the affine instruction its ports.
template <int kRows, int kVectors, bool kTwo>
[[gnu::target("avx512f,avx512bw,gfni"), gnu::always_inline]] inline void add_shards(
    __m512i (&sums)[kRows][kVectors], const ParityJob& job, const std::uint8_t* source,
    const std::uint8_t* coefficients) {
  __m512i bytes[kVectors], more[kVectors];
#pragma GCC unroll 8
  for (int v = 0; v < kVectors; ++v) {
    // SAFETY: unaligned loads within [column, column + 64 * kVectors) of a shard.
    bytes[v] = _mm512_loadu_si512(source + 64 * v);
    if (kTwo) more[v] = _mm512_loadu_si512(source + job.source_stride + 64 * v);
  }
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
    const __m512i matrix =
        _mm512_set1_epi64(static_cast<long long>(galois::kAffine[coefficients[r]]));
    if (kTwo) {
      const __m512i next = _mm512_set1_epi64(static_cast<long long>(
          galois::kAffine[coefficients[job.coefficient_stride + static_cast<std::size_t>(r)]]));
#pragma GCC unroll 8
      for (int v = 0; v < kVectors; ++v) {
        constexpr int kXorOfThree = 0x96;
        sums[r][v] = _mm512_ternarylogic_epi64(
            sums[r][v], _mm512_gf2p8affine_epi64_epi8(bytes[v], matrix, 0),
            _mm512_gf2p8affine_epi64_epi8(more[v], next, 0), kXorOfThree);
      }
    } else {
#pragma GCC unroll 8
      for (int v = 0; v < kVectors; ++v) {
        sums[r][v] =
            _mm512_xor_si512(sums[r][v], _mm512_gf2p8affine_epi64_epi8(bytes[v], matrix, 0));
      }
    }
  }
}

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
  for (std::size_t pairs = job.data / 2; pairs > 0; --pairs) {
    add_shards<kRows, kVectors, true>(sums, job, source, coefficients);
    source += 2 * job.source_stride;
    coefficients += 2 * job.coefficient_stride;
  }
  if (job.data % 2 == 1) add_shards<kRows, kVectors, false>(sums, job, source, coefficients);
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
    std::uint8_t* target =
        job.target + (row + static_cast<std::size_t>(r)) * job.target_stride + column;
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) _mm512_storeu_si512(target + 64 * v, sums[r][v]);
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
