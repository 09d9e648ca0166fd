#include "packet/reed_solomon_decoder.h"

#include <cassert>

#include "packet/galois_field.h"
#include "packet/parity_kernel.h"

namespace earthshine {

namespace {

/// Logarithms are added modulo 255.
unsigned log_of(unsigned value) {
  return galois::kLog[value];
}
unsigned minus(unsigned log) {
  return 255 - log % 255;
}

}  // namespace

// The code's matrix is a Cauchy matrix: M[j][i] = 1 / (x_j + y_i) with x_j = j and y_i = m + i in
// GF(256), where + is XOR (protocol 4 §5). So no elimination is needed. With the erased shards b
// and the chosen parity shards a, the coefficients c_n of a place with y solve, for every a,
//
//   sum over n of c_n / (x_a + y_n) = 1 / (x_a + y),
//
// whose difference is a rational function of x_a with the known zeros x_a and the known poles y_n
// and y. Its residues give
//
//   c_n = [prod_b (y + y_b) / prod_a (y + x_a)] · [prod_a (y_n + x_a) / prod_{b≠n} (y_n + y_b)]
//         / (y + y_n),
//
// and for the place of a chosen parity shard a, which counts by the inverse matrix alone,
//
//   c_n = [prod_b (x_a + y_b) / prod_{k≠a} (x_a + x_k)] · [the same second factor] / (x_a + y_n).
//
// All as sums of logarithms.
void ReedSolomonDecoder::prepare(std::size_t data, std::size_t parity,
                                 std::span<const std::uint16_t> erased,
                                 std::span<const std::uint16_t> chosen) {
  assert(erased.size() == chosen.size() && !erased.empty());
  assert(data + parity <= kMaxBlockShards && erased.size() <= data && erased.size() <= parity);
  data_ = data;
  erased_ = erased.size();
  const auto y_of = [&](std::size_t shard) { return static_cast<unsigned>(parity + shard); };

  std::array<unsigned, kMaxBlockShards> second{};
  for (std::size_t n = 0; n < erased_; ++n) {
    const unsigned y = y_of(erased[n]);
    unsigned sum = 0;
    for (const unsigned x : chosen) sum += log_of(y ^ x);
    for (std::size_t b = 0; b < erased_; ++b) {
      if (b != n) sum += minus(log_of(y ^ y_of(erased[b])));
    }
    second[n] = sum % 255;
  }
  std::size_t lost = 0;
  for (std::size_t i = 0; i < data; ++i) {
    const bool replaced = lost < erased_ && erased[lost] == i;
    const unsigned point = replaced ? chosen[lost] : y_of(i);
    unsigned first = 0;
    for (std::size_t b = 0; b < erased_; ++b) first += log_of(point ^ y_of(erased[b]));
    for (std::size_t a = 0; a < erased_; ++a) {
      if (!replaced || a != lost) first += minus(log_of(point ^ chosen[a]));
    }
    std::uint8_t* const row = coefficients_.data() + i * erased_;
    for (std::size_t n = 0; n < erased_; ++n) {
      const unsigned sum = first + second[n] + minus(log_of(point ^ y_of(erased[n])));
      row[n] = galois::kExp[sum % 255];
    }
    if (replaced) ++lost;
  }
}

void ReedSolomonDecoder::recover(const std::uint8_t* source, std::size_t stride, std::size_t length,
                                 std::uint8_t* target) const {
  parity_kernel().run({.coefficients = coefficients_.data(),
                       .coefficient_stride = erased_,
                       .data = data_,
                       .parity = erased_,
                       .source = source,
                       .source_stride = stride,
                       .target = target,
                       .target_stride = stride,
                       .length = length});
}

}  // namespace earthshine
