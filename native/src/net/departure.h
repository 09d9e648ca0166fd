#pragma once

#include <cstdint>

#include "base/clock.h"

namespace earthshine {

/// When the last packet of a frame was handed to the kernel.
struct Departure {
  /// of the frame; 0: none yet
  std::uint32_t index = 0;
  Nanoseconds time = 0;
};

}  // namespace earthshine
