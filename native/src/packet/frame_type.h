#pragma once

#include <cstdint>

namespace earthshine {

/// Frame types of the video frame header (protocol 4 §3).
enum class FrameType : std::uint8_t {
  kPredicted = 1,
  kIdr = 2,
  kIntraRefresh = 4,
  kAfterInvalidation = 5,
};

}  // namespace earthshine
