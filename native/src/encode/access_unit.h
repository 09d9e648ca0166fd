#pragma once

#include <cstdint>
#include <span>

#include "base/clock.h"
#include "encode/frame_journey.h"
#include "packet/frame_type.h"

namespace earthshine {

/// One encoded frame, as the encoder hands it out. The bytes belong to the encoder and are valid
/// until its next call.
struct AccessUnit {
  /// Annex B (H.264, HEVC) or a temporal unit (AV1)
  std::span<const std::uint8_t> bytes;
  FrameType type = FrameType::kPredicted;
  /// when the picture changed or was captured; the frame's timestamp and host latency count from
  /// here
  Nanoseconds captured = 0;
  /// the same picture as the frame before: host latency is sent as 0
  bool repeated = false;
  /// the picture may be much older than the wish for it, as a viewer's first: it has no host
  /// latency either
  bool stale = false;
  /// the encoder's own count of its frames, from 1; what invalidate() names
  std::uint64_t number = 0;
  /// of a new picture
  FrameJourney journey{};
};

}  // namespace earthshine
