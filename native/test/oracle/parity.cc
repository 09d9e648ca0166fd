#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
#include <isa-l/erasure_code.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include "packet/parity_kernel.h"
#include "packet/reed_solomon.h"

using namespace earthshine;

namespace {

using Bytes = std::vector<std::uint8_t>;

/// None is a multiple of a register's width: a byte alone, just over 16 and 32, and over 64 with a
/// rest of almost 32.
constexpr std::size_t kLengths[] = {1, 17, 33, 95};
constexpr std::size_t kLongest = 95;
/// The portable kernel does byte by byte what the others do at once.
constexpr std::size_t kLongestPortable = 17;

/// Parity as ISA-L computes it from the matrix of protocol 4 §5.
class Oracle {
 public:
  Oracle(std::size_t data, std::size_t parity)
      : data_(data), parity_(parity), tables_(32 * data * parity) {
    Bytes matrix(data * parity);
    for (std::size_t j = 0; j < parity; ++j) {
      for (std::size_t i = 0; i < data; ++i) {
        matrix[j * data + i] = gf_inv(static_cast<std::uint8_t>((parity + i) ^ j));
      }
    }
    ec_init_tables(static_cast<int>(data), static_cast<int>(parity), matrix.data(), tables_.data());
  }

  /// Shards of `length` bytes lie side by side.
  void encode(std::uint8_t* data, std::uint8_t* parity, std::size_t length) {
    std::vector<std::uint8_t*> sources(data_), targets(parity_);
    for (std::size_t i = 0; i < data_; ++i) sources[i] = data + i * length;
    for (std::size_t j = 0; j < parity_; ++j) targets[j] = parity + j * length;
    ec_encode_data(static_cast<int>(length), static_cast<int>(data_), static_cast<int>(parity_),
                   tables_.data(), sources.data(), targets.data());
  }

 private:
  std::size_t data_, parity_;
  Bytes tables_;
};

}  // namespace

TEST_CASE("reed-solomon: every kernel gives what ISA-L gives, for every block there can be") {
  std::mt19937 random(20261204);
  Bytes data(kMaxBlockShards * kLongest), expected(data.size()), parity(data.size());
  for (auto& byte : data) byte = static_cast<std::uint8_t>(random());
  std::size_t blocks = 0;
  for (std::size_t k = 1; k < kMaxBlockShards; ++k) {
    for (std::size_t m = 1; k + m <= kMaxBlockShards; ++m) {
      Oracle oracle(k, m);
      for (const std::size_t length : kLengths) {
        oracle.encode(data.data(), expected.data(), length);
        for (const ParityKernel& kernel : supported_parity_kernels()) {
          if (&kernel == &supported_parity_kernels().front() && length > kLongestPortable) continue;
          std::fill_n(parity.begin(), m * length, 0xA5);
          kernel.run({.coefficients = cauchy_columns(m),
                      .coefficient_stride = m,
                      .data = k,
                      .parity = m,
                      .source = data.data(),
                      .source_stride = length,
                      .target = parity.data(),
                      .target_stride = length,
                      .length = length});
          if (!std::equal(parity.begin(), parity.begin() + static_cast<std::ptrdiff_t>(m * length),
                          expected.begin())) {
            FAIL(kernel.name << " differs at " << k << " + " << m << " shards of " << length
                             << " bytes");
          }
        }
      }
      ++blocks;
    }
  }
  CHECK(blocks == 32'385);
}
