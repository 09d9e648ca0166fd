#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string>
#include <utility>

#ifdef EARTHSHINE_BENCH_ISAL
#include <isa-l/erasure_code.h>
#endif

#include "../goal.h"
#include "../measure.h"
#include "conditions.h"
#include "packet/arena.h"
#include "packet/parity_kernel.h"
#include "packet/reed_solomon.h"
#include "subjects.h"

namespace earthshine::bench {

namespace {

/// Data and parity shards of the measured blocks.
constexpr std::pair<std::size_t, std::size_t> kBlocks[] = {
    {20, 4}, {50, 10}, {110, 22}, {200, 40}, {128, 127}};
constexpr std::size_t kShard = 1408;

const ParityKernel* kernel_named(const char* name) {
  for (const ParityKernel& kernel : supported_parity_kernels()) {
    if (std::strcmp(kernel.name, name) == 0) return &kernel;
  }
  return nullptr;
}

int repeats(std::size_t data, std::size_t parity) {
  return std::max(1, static_cast<int>(4000 / (data * parity)));
}

/// A block of shards in an arena, as a frame has them.
struct Block {
  Block(std::size_t data_shards, std::size_t parity_shards)
      : data(data_shards), parity(parity_shards), arena((data + parity) * kShard) {
    const Bytes content = pattern(data * kShard);
    std::memcpy(arena.data(), content.data(), content.size());
  }
  [[nodiscard]] ParityJob job() const {
    return {cauchy_columns(parity),       parity, data,  parity, arena.data(), kShard,
            arena.data() + data * kShard, kShard, kShard};
  }

  std::size_t data, parity;
  Arena arena;
};

/// The least of a kernel's advantages over another, over all blocks.
void compare(const char* name, const char* reference, double target) {
  const std::string what = std::string(name) + " against " + reference + ", least of 5 blocks";
  const ParityKernel* kernel = kernel_named(name);
  const ParityKernel* other = kernel_named(reference);
  if (!kernel || !other) {
    return print_not_measured(2, what, std::string("this processor lacks ") + name);
  }
  double least = 1e9;
  for (const auto& [data, parity] : kBlocks) {
    const Block block(data, parity);
    const ParityJob job = block.job();
    std::vector<Contestant> contestants = {{name, [&] { kernel->run(job); }},
                                           {reference, [&] { other->run(job); }}};
    measure(contestants, 15, repeats(data, parity));
    least = std::min(least, contestants[1].median() / contestants[0].median());
  }
  print_goal(2, what, least, "x", true, target);
}

/// ISA-L leaves wide registers dirty, which slows SSE code that runs after it: so it comes last,
/// and against kernels with wide registers only.
void compare_with_isal(const char* name, double target) {
  const std::string what = std::string(name) + " against ISA-L, least of 5 blocks";
  const ParityKernel* kernel = kernel_named(name);
  if (!kernel) return print_not_measured(2, what, std::string("this processor lacks ") + name);
#ifdef EARTHSHINE_BENCH_ISAL
  double least = 1e9;
  for (const auto& [data, parity] : kBlocks) {
    const Block block(data, parity);
    const ParityJob job = block.job();
    Bytes matrix(data * parity), tables(32 * data * parity);
    for (std::size_t i = 0; i < data; ++i) {
      for (std::size_t j = 0; j < parity; ++j) {
        matrix[j * data + i] = job.coefficients[i * parity + j];
      }
    }
    const int k = static_cast<int>(data), m = static_cast<int>(parity);
    ec_init_tables(k, m, matrix.data(), tables.data());
    std::vector<std::uint8_t*> sources, targets;
    for (std::size_t i = 0; i < data; ++i) sources.push_back(block.arena.data() + i * kShard);
    for (std::size_t j = 0; j < parity; ++j) {
      targets.push_back(block.arena.data() + (data + j) * kShard);
    }
    std::vector<Contestant> contestants = {{"isa-l",
                                            [&] {
                                              ec_encode_data(static_cast<int>(kShard), k, m,
                                                             tables.data(), sources.data(),
                                                             targets.data());
                                            }},
                                           {name, [&] { kernel->run(job); }}};
    measure(contestants, 15, repeats(data, parity));
    least = std::min(least, contestants[0].median() / contestants[1].median());
  }
  print_goal(2, what, least, "x (ISA-L 2.30 in Debian)", true, target);
#else
  print_not_measured(2, what, "libisal is not installed");
#endif
}

/// Nine tables that nobody has asked for yet in this process.
void bench_tables() {
  std::vector<double> times;
  for (std::size_t parity = 36; parity <= 44; ++parity) {
    const double start = cpu_time();
    cauchy_columns(parity);
    times.push_back(cpu_time() - start);
  }
  print_goal(3, "table set-up near 200, 40; median of 9, each the first", percentile(times, 0.5),
             "us", false, 3, why_not_here(false));
  const std::uint8_t* first = cauchy_columns(40);
  print_goal(3, "tables made per frame in steady state", cauchy_columns(40) == first ? 0 : 1, "",
             false, 0);
}

}  // namespace

void bench_parity() {
  bench_tables();
  compare("ssse3", "portable", 1.0);
  compare("avx2", "ssse3", 1.0);
  // The goals against nanors are 2.0x and 1.4x.
  compare("avx2-gfni", "avx2", 1.4);
  compare("avx512-gfni", "avx2-gfni", 1.0);
  compare_with_isal("avx2", 1.0);
  compare_with_isal("avx2-gfni", 1.0);
  compare_with_isal("avx512-gfni", 3.5);
}

}  // namespace earthshine::bench
