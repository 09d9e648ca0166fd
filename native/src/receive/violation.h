#pragma once

#include <cstdint>

namespace earthshine {

/// What a host can do against the protocol's video part (protocol 4). A stock client would swallow
/// most of it silently, or break much later; this receiver names it. `seen` and `expected` of a
/// Violation hold what the comment says.
enum class ViolationCode : std::uint8_t {
  /// bytes of a shard; as announced
  kPacketSize,
  /// RTP first byte; 0x90
  kRtpFirstByte,
  /// multiFecBlocks with low bits set
  kBlockLowBits,
  /// fecInfo with low bits set
  kFecLowBits,
  /// frame index 0, the first is 1
  kFrameZero,
  kNoDataShards,
  /// data and parity shards of one block; 255
  kTooManyShards,
  /// shard index; shards of the block
  kShardIndex,
  /// block index; last block index
  kBlockIndex,
  /// flags of a data shard; what its place demands
  kFlags,
  /// extra flags of a data shard
  kExtraFlags,
  /// multiFecFlags of a data shard; 0x10
  kMultiFecFlags,
  /// stream packet index; sequence number
  kPacketIndex,
  /// data shards; of the block's first packet
  kShardCountsChange,
  /// last block index; of the frame so far
  kBlockCountChanges,
  /// timestamp; of the frame so far
  kTimestampChanges,
  /// first sequence that follows from the packet; of the block
  kForeignSequence,
  /// first sequence of a block; where the block before ends
  kBlockOverlaps,
  /// parity shards; announced least
  kTooLittleParity,
  /// flags of a shard made from parity; what its place demands
  kRecoveredFlags,
  /// extra flags of a shard made from parity
  kRecoveredExtraFlags,
  /// stream packet index of a shard made from parity; its sequence number
  kRecoveredPacketIndex,
  /// a parity shard that does not say what the data says
  kParityMismatch,
  /// a datagram that does not open with the session key
  kUnopened,
  /// nonce of a packet that was sent behind another; that one's nonce
  kNonceOrder,
  /// a nonce under which two packets were sealed
  kNonceReused,
  /// frame number in the clear; the frame's
  kClearFrameNumber,
  /// first byte of the frame header; 0x01
  kFrameHeaderStart,
  /// frame type
  kFrameType,
  /// bytes used in the last packet; bytes of its payload
  kLastLength,
  /// reserved bytes of the frame header that are not zero
  kHeaderReserved,
  /// padding that is not zero
  kPadding,
  /// type of the first frame, of which nothing was lost before
  kFirstFrameType,
  /// timestamp 0 on another frame than the first (protocol 2 Q18)
  kTimestampZero,
  /// timestamp; of the frame before
  kTimestampBack,
};

inline constexpr int kViolationCodes = static_cast<int>(ViolationCode::kTimestampBack) + 1;

/// The code's name in words and hyphens, as the script side has it: "packet-size".
const char* violation_name(ViolationCode code);

/// One finding. The place is that of the packet as far as it could be read.
struct Violation {
  ViolationCode code{};
  std::uint32_t frame = 0, block = 0, shard = 0;
  std::uint64_t seen = 0, expected = 0;
};

}  // namespace earthshine
