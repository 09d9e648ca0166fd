#pragma once

#include <algorithm>

#include "base/clock.h"

namespace earthshine {

/// When a picture was made that is here since `arrived`: what its producer tells, where that can be
/// of this clock, else `arrived`. gamescope tells -1. A time ahead is that of the picture's
/// presentation; it is here already.
inline Nanoseconds told_time(Nanoseconds told, Nanoseconds arrived) {
  /// What is older, or further ahead, is of another clock.
  constexpr Nanoseconds kOldest = 5'000'000'000;
  const bool of_this_clock = told > 0 && told >= arrived - kOldest && told <= arrived + kOldest;
  return of_this_clock ? std::min(told, arrived) : arrived;
}

}  // namespace earthshine
