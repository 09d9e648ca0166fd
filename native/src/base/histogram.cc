#include "base/histogram.h"

#include <algorithm>
#include <cmath>

namespace earthshine {

namespace {

constexpr double kBucketsPerOctave = 8.0;

/// Bucket 0 holds everything below 1 µs, bucket b the durations from 2^((b-1)/8) to 2^(b/8) µs.
int bucket_of(std::int64_t nanoseconds, int buckets) {
  if (nanoseconds < 1000) return 0;
  const double octaves = std::log2(static_cast<double>(nanoseconds) / 1000.0);
  return std::min(1 + static_cast<int>(octaves * kBucketsPerOctave), buckets - 1);
}

/// The bucket's geometric middle in microseconds, at most 4.5 % from every duration in it.
double middle_of(int bucket) {
  if (bucket == 0) return 0.5;
  return std::exp2((static_cast<double>(bucket) - 0.5) / kBucketsPerOctave);
}

}  // namespace

void Histogram::add(std::int64_t nanoseconds) {
  // A clock that is compared across threads may yield a small negative difference.
  nanoseconds = std::max<std::int64_t>(nanoseconds, 0);
  sum_.fetch_add(nanoseconds, std::memory_order_relaxed);
  // The bucket last: who takes it has the maximum that belongs to it.
  std::int64_t most = max_.load(std::memory_order_relaxed);
  while (nanoseconds > most &&
         !max_.compare_exchange_weak(most, nanoseconds, std::memory_order_relaxed)) {
  }
  buckets_[static_cast<std::size_t>(bucket_of(nanoseconds, kBuckets))].fetch_add(
      1, std::memory_order_release);
}

std::optional<Histogram::Percentiles> Histogram::take() {
  std::array<std::uint32_t, kBuckets> taken;
  std::uint32_t count = 0;
  for (std::size_t i = 0; i < kBuckets; ++i) {
    taken[i] = buckets_[i].exchange(0, std::memory_order_acquire);
    count += taken[i];
  }
  if (count == 0) return std::nullopt;
  const double max = static_cast<double>(max_.exchange(0, std::memory_order_relaxed)) / 1000.0;
  const double sum = static_cast<double>(sum_.exchange(0, std::memory_order_relaxed)) / 1000.0;
  const auto percentile = [&](double share) {
    const auto rank = static_cast<std::uint32_t>(std::ceil(share * count));
    std::uint32_t seen = 0;
    for (int bucket = 0; bucket < kBuckets; ++bucket) {
      seen += taken[static_cast<std::size_t>(bucket)];
      // The last bucket has no upper edge; the largest value bounds every percentile.
      if (seen >= rank) return bucket == kBuckets - 1 ? max : std::min(middle_of(bucket), max);
    }
    return max;
  };
  // What was added during the take may be in the sum alone.
  return Percentiles{.count = count,
                     .mean = std::min(sum / count, max),
                     .p50 = percentile(0.50),
                     .p95 = percentile(0.95),
                     .p99 = percentile(0.99),
                     .max = max};
}

}  // namespace earthshine
