#pragma once

#include <cstddef>
#include <cstdint>

namespace earthshine {

/// Most shards of one block, data and parity together (protocol 4 §5).
inline constexpr std::size_t kMaxBlockShards = 255;

/// Shards at equal distances in one buffer; `length` bytes of each take part.
struct ShardRows {
  const std::uint8_t* data;
  std::size_t data_stride;
  std::uint8_t* parity;
  std::size_t parity_stride;
  std::size_t length;
};

/// The column of coefficients of one data shard for a video block with `parity` parity shards:
/// entry j is inverse((parity + index) XOR j), and the next shard's column lies `parity` bytes on.
/// The matrix does not depend on the number of data shards, so one table per parity count serves
/// all; it is made at its first use and kept for the life of the process (2.8 MB if all were used).
const std::uint8_t* cauchy_columns(std::size_t parity);

/// Parity of a video block; data >= 1, parity >= 1, data + parity <= 255 (protocol 4 §5).
void encode_video_parity(const ShardRows& shards, std::size_t data, std::size_t parity);

/// Parity of an audio block, 4 data and 2 parity shards (protocol 5 §3).
void encode_audio_parity(const ShardRows& shards);

}  // namespace earthshine
