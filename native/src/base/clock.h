#pragma once

#include <cstdint>
#include <ctime>

namespace earthshine {

/// Nanoseconds of CLOCK_MONOTONIC: the one clock of the pipeline.
using Nanoseconds = std::int64_t;

inline Nanoseconds now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<Nanoseconds>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

}  // namespace earthshine
