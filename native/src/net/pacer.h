#pragma once

#include <cstddef>
#include <cstdint>

#include "base/clock.h"

namespace earthshine {

/// How a frame is spread: `smooth` by the stream's bitrate, `burst` by the link's rate alone (for
/// good Ethernet), `off` not at all.
enum class PacingMode : std::uint8_t { kSmooth, kBurst, kOff };

/// What the spreading of a frame depends on.
struct PacingLimits {
  PacingMode mode = PacingMode::kSmooth;
  Nanoseconds frame_interval = 16'666'667;
  /// of the stream
  std::int64_t bits_per_second = 10'000'000;
  /// no burst follows another faster than this
  std::int64_t link_bits_per_second = 800'000'000;
};

/// How one frame is spread: bursts of `burst` packets that begin `gap` apart.
struct PacingPlan {
  std::size_t burst = 0;
  Nanoseconds gap = 0;
};

/// At most four bursts of at least 16 packets, because every wake of the thread costs more than a
/// send; spread at eight times the stream's bitrate, so that an ordinary frame is out within an
/// eighth of its interval and a keyframe of several times its size does not flood the client's
/// link, but over no more than three quarters of the interval. Where the link's rate does not allow
/// even that, the link's rate decides, as it does alone in the mode `burst`.
PacingPlan plan_pacing(std::size_t packets, std::size_t datagram_bytes, const PacingLimits& limits);

/// Says when bursts may leave. It keeps the link's rate from one frame to the next; a rate of 0 is
/// no limit.
class Pacer {
 public:
  explicit Pacer(std::int64_t link_bits_per_second) : link_bits_per_second_(link_bits_per_second) {}

  /// Begins a frame; returns when its first burst may leave, `time` or later.
  Nanoseconds begin(Nanoseconds time, const PacingPlan& plan);
  /// Notes that `bytes` are handed over from `time` on.
  void sent(Nanoseconds time, std::size_t bytes);
  /// When the frame's burst number `burst` may leave. With `hurry` (another frame waits) only the
  /// link's rate holds it back.
  [[nodiscard]] Nanoseconds next(std::size_t burst, bool hurry) const;

 private:
  std::int64_t link_bits_per_second_;
  Nanoseconds start_ = 0, gap_ = 0;
  /// when the link has carried what was handed over so far
  Nanoseconds link_free_ = 0;
};

/// Sleeps until then, or not at all when it is past.
void sleep_until(Nanoseconds time);

}  // namespace earthshine
