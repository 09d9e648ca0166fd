#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/clock.h"
#include "packet/frame_type.h"
#include "receive/violation.h"

namespace earthshine {

/// One complete frame as it came off the wire.
struct ReceivedFrame {
  /// 1, 2, 3 …
  std::uint32_t index = 0;
  /// 90 kHz
  std::uint32_t timestamp = 0;
  FrameType type = FrameType::kPredicted;
  /// 1/10 ms; 0: unknown or a repeated picture
  std::uint16_t host_latency = 0;
  unsigned blocks = 0;
  /// data shards made from parity
  unsigned recovered_shards = 0;
  /// bytes of the access unit that lie in the first packet
  std::size_t first_packet_bytes = 0;
  /// The access unit, without frame header and padding. Valid during the call that hands it over.
  std::span<const std::uint8_t> data;
  Nanoseconds first_packet = 0;
  /// arrival of the packet that made it complete
  Nanoseconds completed = 0;
};

/// What a stock client tells of a block that needed parity or was given up: the fields of its frame
/// FEC status (protocol 2 §B.4).
struct BlockStatus {
  std::uint32_t frame = 0;
  unsigned block = 0, last_block = 0;
  unsigned data = 0, parity = 0, fec_percentage = 0;
  unsigned data_received = 0, parity_received = 0;
  unsigned missing_before_highest = 0;
  std::uint16_t highest_sequence = 0, next_contiguous_sequence = 0;
};

/// Who hears of what comes off the wire, on the thread that receives.
class VideoEvents {
 public:
  virtual ~VideoEvents() = default;
  virtual void on_frame(const ReceivedFrame& frame) = 0;
  /// Frames first … last cannot be had any more.
  virtual void on_lost(std::uint32_t first, std::uint32_t last) = 0;
  virtual void on_damaged(const BlockStatus& block) = 0;
  virtual void on_violation(const Violation& violation) = 0;
};

}  // namespace earthshine
