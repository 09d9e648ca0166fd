#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "packet/frame_plan.h"
#include "receive/violation.h"

namespace earthshine {

/// Bytes in front of `packetSize`: RTP header and reserved (protocol 4 §2).
inline constexpr std::size_t kRtpBytes = 16;

/// Columns of a shard's header that parity protects and that a client reads in a recovered shard
/// (protocol 4 §5): stream packet index, flags, extra flags.
struct ProtectedHeader {
  std::uint32_t packet_index = 0;
  std::uint8_t flags = 0, extra_flags = 0;
  std::uint8_t unused[2] = {0, 0};
};
static_assert(sizeof(ProtectedHeader) == 8);

/// One video packet's header as numbers, and its payload.
struct VideoPacket {
  std::uint16_t sequence = 0;
  /// 90 kHz
  std::uint32_t timestamp = 0;
  std::uint32_t frame = 0;
  ProtectedHeader header;
  unsigned block = 0, last_block = 0;
  unsigned data = 0;
  /// follows from the percentage as the client computes it
  unsigned parity = 0;
  unsigned index = 0;
  unsigned fec_percentage = 0;
  std::span<const std::uint8_t> payload;

  [[nodiscard]] bool is_parity() const { return index >= data; }
  /// Sequence number of the block's first shard.
  [[nodiscard]] std::uint16_t first_sequence() const {
    return static_cast<std::uint16_t>(sequence - index);
  }
};

/// Reads one opened shard. With nothing returned, `violation` tells what is wrong with it; else
/// every number is within what the fields allow, and the shard has its place in the block.
std::optional<VideoPacket> parse_video_packet(std::span<const std::uint8_t> shard,
                                              std::size_t packet_size, Violation& violation);

/// SOF on the first, EOF on the last data shard of every block (protocol 4 §2).
std::uint8_t expected_flags(unsigned index, unsigned data);

/// a − b of two 16-bit counters.
inline int sequence_distance(std::uint16_t a, std::uint16_t b) {
  return static_cast<std::int16_t>(static_cast<std::uint16_t>(a - b));
}

}  // namespace earthshine
