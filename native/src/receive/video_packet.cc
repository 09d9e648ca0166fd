#include "receive/video_packet.h"

#include <cstring>

#include "packet/byte_order.h"
#include "packet/reed_solomon.h"

namespace earthshine {

namespace {

constexpr std::uint8_t kRtpFirstByte = 0x90;
constexpr std::uint8_t kMultiFecFlags = 0x10;
constexpr std::uint8_t kPicture = 0x01, kEnd = 0x02, kStart = 0x04;

/// The first of the numbers that cannot be, if any; fills in code, seen and expected.
bool wrong_numbers(const VideoPacket& packet, Violation& violation) {
  const auto is = [&](ViolationCode code, std::uint64_t seen = 0, std::uint64_t expected = 0) {
    violation.code = code;
    violation.seen = seen;
    violation.expected = expected;
    return true;
  };
  const unsigned shards = packet.data + packet.parity;
  if (packet.frame == 0) return is(ViolationCode::kFrameZero);
  if (packet.data == 0) return is(ViolationCode::kNoDataShards);
  if (packet.parity > 0 && shards > kMaxBlockShards) {
    return is(ViolationCode::kTooManyShards, shards, kMaxBlockShards);
  }
  if (packet.index >= shards) return is(ViolationCode::kShardIndex, packet.index, shards);
  if (packet.block > packet.last_block) {
    return is(ViolationCode::kBlockIndex, packet.block, packet.last_block);
  }
  return false;
}

/// Flags and counters of a data shard; in parity they are parity bytes and look random.
bool wrong_data_shard(const VideoPacket& packet, std::uint8_t multi_fec_flags,
                      Violation& violation) {
  const auto is = [&](ViolationCode code, std::uint64_t seen, std::uint64_t expected) {
    violation.code = code;
    violation.seen = seen;
    violation.expected = expected;
    return true;
  };
  const ProtectedHeader& header = packet.header;
  const std::uint8_t flags = expected_flags(packet.index, packet.data);
  if (header.flags != flags) return is(ViolationCode::kFlags, header.flags, flags);
  if (header.extra_flags & ~1U) return is(ViolationCode::kExtraFlags, header.extra_flags, 0);
  if (multi_fec_flags != kMultiFecFlags) {
    return is(ViolationCode::kMultiFecFlags, multi_fec_flags, kMultiFecFlags);
  }
  if ((header.packet_index & 0xFF) != 0 ||
      static_cast<std::uint16_t>(header.packet_index >> 8) != packet.sequence) {
    return is(ViolationCode::kPacketIndex, header.packet_index, packet.sequence);
  }
  return false;
}

}  // namespace

std::uint8_t expected_flags(unsigned index, unsigned data) {
  return kPicture | (index == 0 ? kStart : 0) | (index == data - 1 ? kEnd : 0);
}

std::optional<VideoPacket> parse_video_packet(std::span<const std::uint8_t> shard,
                                              std::size_t packet_size, Violation& violation) {
  violation = {};
  if (shard.size() != packet_size + kRtpBytes || shard.size() < kVideoHeaderBytes) {
    violation.code = ViolationCode::kPacketSize;
    violation.seen = shard.size();
    violation.expected = packet_size + kRtpBytes;
    return std::nullopt;
  }
  const std::uint8_t* const at = shard.data();
  const std::uint8_t blocks = at[27];
  const std::uint32_t fec = get32le(at + 28);
  VideoPacket packet{
      .sequence = get16be(at + 2),
      .timestamp = get32be(at + 4),
      .frame = get32le(at + 20),
      .header = {.packet_index = get32le(at + 16), .flags = at[24], .extra_flags = at[25]},
      .block = static_cast<unsigned>(blocks >> 4) & 3,
      .last_block = static_cast<unsigned>(blocks >> 6),
      .data = fec >> 22,
      .index = (fec >> 12) & 0x3FF,
      .fec_percentage = (fec >> 4) & 0xFF,
      .payload = shard.subspan(kVideoHeaderBytes)};
  packet.parity = (packet.data * packet.fec_percentage + 99) / 100;
  violation.frame = packet.frame;
  violation.block = packet.block;
  violation.shard = packet.index;
  if (at[0] != kRtpFirstByte) {
    violation.code = ViolationCode::kRtpFirstByte;
    violation.seen = at[0];
    violation.expected = kRtpFirstByte;
    return std::nullopt;
  }
  if (blocks & 0x0F) {
    violation.code = ViolationCode::kBlockLowBits;
    violation.seen = blocks;
    return std::nullopt;
  }
  if (fec & 0x0F) {
    violation.code = ViolationCode::kFecLowBits;
    violation.seen = fec;
    return std::nullopt;
  }
  if (wrong_numbers(packet, violation)) return std::nullopt;
  if (!packet.is_parity() && wrong_data_shard(packet, at[26], violation)) return std::nullopt;
  return packet;
}

}  // namespace earthshine
