#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>

namespace earthshine {

/// Fixed-size histogram of durations: 8 buckets per octave from 1 µs to about 16 s, so a percentile
/// is within 9 %. Without locks: one thread adds, another may take meanwhile; a duration that is
/// added during a take counts to one side of it or the other.
class Histogram {
 public:
  struct Percentiles {
    std::uint32_t count;
    /// microseconds; the mean is exact, and those of stages that follow each other add up
    double mean, p50, p95, p99, max;
  };

  void add(std::int64_t nanoseconds);
  /// The figures since the last take, or nothing when nothing was measured.
  std::optional<Percentiles> take();

 private:
  static constexpr int kBuckets = 8 * 24 + 1;
  std::array<std::atomic<std::uint32_t>, kBuckets> buckets_{};
  std::atomic<std::int64_t> max_ = 0, sum_ = 0;
};

}  // namespace earthshine
