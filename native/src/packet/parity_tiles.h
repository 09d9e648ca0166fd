#pragma once

#include <cstddef>
#include <cstdint>

#include "packet/parity_kernel.h"

namespace earthshine {

/// Computes some rows (parity shards from `row` on) of one column strip (bytes from `column` on),
/// keeping the sums in registers while it walks over the data shards once.
using ParityTile = void (*)(const ParityJob& job, std::size_t row, std::size_t column);

/// The tiles of one instruction set: [rows - 1] in a wide and a narrow strip.
struct ParityTiles {
  std::size_t max_rows;
  std::size_t wide_bytes, narrow_bytes;
  const ParityTile* wide;
  const ParityTile* narrow;
  /// for shards shorter than the narrow strip
  void (*shorter)(const ParityJob& job);
};

void run_tiles(const ParityJob& job, const ParityTiles& tiles);

void parity_portable(const ParityJob& job);
#if defined(__x86_64__)
void parity_ssse3(const ParityJob& job);
void parity_avx2(const ParityJob& job);
void parity_avx2_gfni(const ParityJob& job);
void parity_avx512_gfni(const ParityJob& job);
#endif

}  // namespace earthshine
