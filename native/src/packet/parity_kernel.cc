#include "packet/parity_kernel.h"

#include <array>
#include <cstdlib>
#include <cstring>

#include "packet/parity_tiles.h"

namespace earthshine {

namespace {

struct Supported {
  std::array<ParityKernel, 5> kernels{};
  std::size_t count = 0;

  void add(const char* name, void (*run)(const ParityJob&)) { kernels[count++] = {name, run}; }
};

Supported detect() {
  Supported supported;
  supported.add("portable", parity_portable);
#if defined(__x86_64__)
  // The compiler's check includes the operating system's support for the wide registers.
  if (__builtin_cpu_supports("ssse3")) supported.add("ssse3", parity_ssse3);
  const bool avx2 = __builtin_cpu_supports("avx2");
  const bool gfni = __builtin_cpu_supports("gfni");
  if (avx2) supported.add("avx2", parity_avx2);
  if (avx2 && gfni) supported.add("avx2-gfni", parity_avx2_gfni);
  if (avx2 && gfni && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")) {
    supported.add("avx512-gfni", parity_avx512_gfni);
  }
#endif
  return supported;
}

const ParityKernel& choose() {
  const auto kernels = supported_parity_kernels();
  if (const char* wanted = std::getenv("EARTHSHINE_RS_KERNEL")) {
    for (const ParityKernel& kernel : kernels) {
      if (std::strcmp(kernel.name, wanted) == 0) return kernel;
    }
  }
  return kernels.back();
}

}  // namespace

std::span<const ParityKernel> supported_parity_kernels() {
  static const Supported supported = detect();
  return {supported.kernels.data(), supported.count};
}

const ParityKernel& parity_kernel() {
  static const ParityKernel& chosen = choose();
  return chosen;
}

void run_tiles(const ParityJob& job, const ParityTiles& tiles) {
  if (job.length < tiles.narrow_bytes) return tiles.shorter(job);
  if (job.parity == 0) return;
  // Groups of nearly equal height: two of five rows are faster than one of eight and one of two.
  const std::size_t groups = (job.parity + tiles.max_rows - 1) / tiles.max_rows;
  const auto strip = [&](const ParityTile* tile, std::size_t column) {
    std::size_t row = 0;
    for (std::size_t group = 0; group < groups; ++group) {
      const std::size_t rows = (job.parity - row + groups - group - 1) / (groups - group);
      tile[rows - 1](job, row, column);
      row += rows;
    }
  };
  // All rows of a strip before the next strip: its data then stays in the first-level cache.
  std::size_t column = 0;
  for (; column + tiles.wide_bytes <= job.length; column += tiles.wide_bytes) {
    strip(tiles.wide, column);
  }
  for (; column + tiles.narrow_bytes <= job.length; column += tiles.narrow_bytes) {
    strip(tiles.narrow, column);
  }
  // The rest is done by a strip that ends where the shard ends; the overlap gets the same bytes.
  if (column < job.length) strip(tiles.narrow, job.length - tiles.narrow_bytes);
}

}  // namespace earthshine
