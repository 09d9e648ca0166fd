#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "packet/reed_solomon.h"

namespace earthshine {

/// How the erased data shards of one video block follow from what arrived. Parity and erased shards
/// pair up: in the place of erased[n] the n-th chosen parity shard is put, and then every erased
/// shard is a sum over all places, which the parity kernels compute. No memory is allocated.
class ReedSolomonDecoder {
 public:
  /// Works the coefficients out for a block of `data` and `parity` shards.
  /// `erased`: missing data shards; `chosen`: as many parity shards (0 is the first) that arrived;
  /// both rising, at least one each. O(data × erased).
  void prepare(std::size_t data, std::size_t parity, std::span<const std::uint16_t> erased,
               std::span<const std::uint16_t> chosen);

  /// Shards to make good: `data` lie `stride` bytes apart at `source`, where the chosen parity
  /// shards already stand in the erased places; erased shard n is written to target + n × stride.
  /// Works column by column, so a block may be decoded in parts of any `length`.
  void recover(const std::uint8_t* source, std::size_t stride, std::size_t length,
               std::uint8_t* target) const;

 private:
  std::size_t data_ = 0, erased_ = 0;
  /// per place the coefficients of all erased shards, side by side; the kernels may read 16 bytes
  /// from any of them on
  std::array<std::uint8_t, kMaxBlockShards * kMaxBlockShards + 16> coefficients_{};
};

}  // namespace earthshine
