#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace earthshine::test {

/// What the first packet of a frame tells a client (protocol 4 §2, §3).
struct FrameStart {
  std::uint32_t frame;
  int type;
  /// 1/10 ms; 0: repeated
  int latency;
  /// the encoder's first bytes
  std::span<const std::uint8_t> unit;
};

/// Of an unsealed packet; nothing when it is another one.
inline std::optional<FrameStart> frame_start(std::span<const std::uint8_t> packet) {
  if (packet.size() < 48) return std::nullopt;
  const bool start = (packet[24] & 0x04) != 0 && (packet[27] & 0x30) == 0;
  const std::uint32_t shard = (packet[29] | packet[30] << 8) >> 4 & 0x3FF;
  if (!start || shard != 0) return std::nullopt;
  const std::uint32_t frame = packet[20] | packet[21] << 8 | packet[22] << 16;
  return FrameStart{frame, packet[35], packet[33] | packet[34] << 8, packet.subspan(40)};
}

}  // namespace earthshine::test
