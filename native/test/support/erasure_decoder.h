#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "packet/galois_field.h"

namespace earthshine::test {

using Shards = std::vector<std::optional<std::vector<std::uint8_t>>>;

/// Gives back the data shards of a block whose lost shards are empty, by Gaussian elimination, or
/// nothing when too few are left. `coefficient(row, column)` is the parity matrix.
template <typename Coefficient>
std::optional<std::vector<std::vector<std::uint8_t>>> decode(const Shards& shards, std::size_t data,
                                                             Coefficient coefficient) {
  std::vector<std::vector<std::uint8_t>> matrix, values;
  for (std::size_t s = 0; s < shards.size() && matrix.size() < data; ++s) {
    if (!shards[s]) continue;
    std::vector<std::uint8_t> row(data, 0);
    for (std::size_t i = 0; i < data; ++i) {
      row[i] = s < data ? (s == i) : coefficient(s - data, i);
    }
    matrix.push_back(std::move(row));
    values.push_back(*shards[s]);
  }
  if (matrix.size() < data) return std::nullopt;
  const auto scale_add = [](std::vector<std::uint8_t>& to, const std::vector<std::uint8_t>& from,
                            std::uint8_t factor) {
    for (std::size_t b = 0; b < to.size(); ++b) to[b] ^= galois::multiply(factor, from[b]);
  };
  for (std::size_t column = 0; column < data; ++column) {
    std::size_t pivot = column;
    while (pivot < data && matrix[pivot][column] == 0) ++pivot;
    if (pivot == data) return std::nullopt;
    std::swap(matrix[pivot], matrix[column]);
    std::swap(values[pivot], values[column]);
    const std::uint8_t inverse = galois::kInverse[matrix[column][column]];
    for (auto& entry : matrix[column]) entry = galois::multiply(entry, inverse);
    for (auto& entry : values[column]) entry = galois::multiply(entry, inverse);
    for (std::size_t row = 0; row < data; ++row) {
      const std::uint8_t factor = matrix[row][column];
      if (row == column || factor == 0) continue;
      scale_add(matrix[row], matrix[column], factor);
      scale_add(values[row], values[column], factor);
    }
  }
  return values;
}

}  // namespace earthshine::test
