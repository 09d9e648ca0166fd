#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "packet/frame_plan.h"
#include "packet/frame_type.h"
#include "receive/violation.h"

namespace earthshine {

/// What stands before a frame's access unit (protocol 4 §3).
struct FrameHeader {
  FrameType type = FrameType::kPredicted;
  /// 1/10 ms; 0: unknown or a repeated picture
  std::uint16_t host_latency = 0;
  /// bytes used in the payload of the frame's last packet
  std::size_t last_length = 0;
};

/// Reads the header from the payload of a frame's first packet. With nothing returned, `violation`
/// tells why (code, seen, expected).
std::optional<FrameHeader> parse_frame_header(std::span<const std::uint8_t> payload,
                                              Violation& violation);

}  // namespace earthshine
