#include "net/pacer.h"

#include <algorithm>
#include <cerrno>
#include <ctime>

namespace earthshine {

namespace {

constexpr std::size_t kLeastBurst = 16, kMostBursts = 4;
constexpr std::int64_t kBitrateMultiple = 8;
constexpr Nanoseconds kSecond = 1'000'000'000;

Nanoseconds time_of(std::size_t bytes, std::int64_t bits_per_second) {
  if (bits_per_second <= 0) return 0;
  return static_cast<Nanoseconds>(bytes) * 8 * kSecond / bits_per_second;
}

}  // namespace

PacingPlan plan_pacing(std::size_t packets, std::size_t datagram_bytes,
                       const PacingLimits& limits) {
  PacingPlan plan;
  if (limits.mode == PacingMode::kOff) {
    plan.burst = std::max<std::size_t>(packets, 1);
    return plan;
  }
  plan.burst = std::max(kLeastBurst, (packets + kMostBursts - 1) / kMostBursts);
  const std::size_t bursts = std::max<std::size_t>(1, (packets + plan.burst - 1) / plan.burst);
  const Nanoseconds wanted =
      limits.mode == PacingMode::kSmooth
          ? time_of(packets * datagram_bytes, limits.bits_per_second * kBitrateMultiple)
          : 0;
  const Nanoseconds most = limits.frame_interval * 3 / 4;
  plan.gap = std::max(std::min(wanted, most) / static_cast<Nanoseconds>(bursts),
                      time_of(plan.burst * datagram_bytes, limits.link_bits_per_second));
  return plan;
}

Nanoseconds Pacer::begin(Nanoseconds time, const PacingPlan& plan) {
  start_ = std::max(time, link_free_);
  gap_ = plan.gap;
  return start_;
}

void Pacer::sent(Nanoseconds time, std::size_t bytes) {
  link_free_ = std::max(time, link_free_) + time_of(bytes, link_bits_per_second_);
}

Nanoseconds Pacer::next(std::size_t burst, bool hurry) const {
  if (hurry) return link_free_;
  return std::max(start_ + gap_ * static_cast<Nanoseconds>(burst), link_free_);
}

void sleep_until(Nanoseconds time) {
  if (time <= now()) return;
  const timespec deadline{static_cast<time_t>(time / kSecond), static_cast<long>(time % kSecond)};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, nullptr) == EINTR) {
  }
}

}  // namespace earthshine
