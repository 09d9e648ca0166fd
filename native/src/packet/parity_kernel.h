#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace earthshine {

/// One product of a coefficient matrix with data shards:
/// target[j][b] = XOR over i of coefficients[i][j] * source[i][b].
struct ParityJob {
  /// per data shard the coefficients of all parity shards, side by side
  const std::uint8_t* coefficients;
  std::size_t coefficient_stride;
  std::size_t data, parity;
  const std::uint8_t* source;
  std::size_t source_stride;
  /// does not overlap the source
  std::uint8_t* target;
  std::size_t target_stride;
  /// bytes of each shard
  std::size_t length;
};

/// One way to compute parity. All ways give the same bytes.
struct ParityKernel {
  /// as in EARTHSHINE_RS_KERNEL: portable, ssse3, avx2, avx2-gfni, avx512-gfni
  const char* name;
  void (*run)(const ParityJob& job);
};

/// The kernels that this processor can run, slowest first.
std::span<const ParityKernel> supported_parity_kernels();

/// The fastest of them, or the one that the environment variable EARTHSHINE_RS_KERNEL names if this
/// processor has it. Chosen once per process.
const ParityKernel& parity_kernel();

}  // namespace earthshine
