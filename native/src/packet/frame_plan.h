#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace earthshine {

/// Bytes before the payload of a video shard: RTP header, reserved bytes, NV video packet header
/// (protocol 4 §2).
inline constexpr std::size_t kVideoHeaderBytes = 32;
/// The short frame header before the access unit (protocol 4 §3).
inline constexpr std::size_t kFrameHeaderBytes = 8;
/// Blocks that the two bits of multiFecBlocks can number.
inline constexpr std::size_t kMaxBlocks = 4;
/// Data shards that the ten bits of fecInfo can count.
inline constexpr std::size_t kMaxBlockData = 1023;

/// What becomes of a frame that does not fit four blocks at the wanted percentage.
enum class Oversize {
  /// It goes without parity, as the leading host does and the vectors have it (protocol 4 §4).
  kNoParity,
  /// It keeps the largest percentage with which its blocks hold at most 255 shards.
  kLessParity,
};

struct FrameShape {
  /// as announced by the client: NV header and payload
  std::size_t packet_size = 1392;
  /// 0: no parity; at most 255
  unsigned fec_percentage = 20;
  /// least parity shards of a block
  unsigned min_parity = 2;
  Oversize oversize = Oversize::kLessParity;

  /// bytes of a datagram before sealing
  [[nodiscard]] std::size_t shard_bytes() const { return packet_size + 16; }
  /// bytes of the stream in each shard
  [[nodiscard]] std::size_t payload_bytes() const { return packet_size - 16; }
};

/// One block of a frame. Its shards follow each other on the wire, data first.
struct BlockPlan {
  std::size_t data = 0, parity = 0;
  /// as written into fecInfo; the client computes `parity` from it and `data`
  unsigned percentage = 0;
  /// the frame's data shards in the blocks before
  std::size_t first_data = 0;
  /// the frame's shards of all kinds in the blocks before
  std::size_t first_shard = 0;
};

/// How one frame is cut (protocol 4 §4).
struct FramePlan {
  std::array<BlockPlan, kMaxBlocks> blocks{};
  std::size_t block_count = 0;
  /// data shards and all shards of the frame
  std::size_t data = 0, shards = 0;
  /// bytes used in the last data shard's payload, frame header included
  std::size_t last_payload = 0;
};

/// The parity count that a client computes from what fecInfo says.
constexpr std::size_t parity_at(std::size_t data, unsigned percentage) {
  return (data * percentage + 99) / 100;
}

/// The longest access unit that plan_frame() finds room for, in bytes.
std::size_t largest_access_unit(const FrameShape& shape);

/// Nothing when the frame is larger than four blocks of 1023 data shards.
std::optional<FramePlan> plan_frame(std::size_t access_unit_bytes, const FrameShape& shape);

}  // namespace earthshine
