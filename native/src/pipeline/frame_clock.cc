#include "pipeline/frame_clock.h"

#include <algorithm>

namespace earthshine {
namespace {

constexpr Nanoseconds kSecond = 1'000'000'000;
/// So long after a change every slot is filled: rate control refines the picture meanwhile.
constexpr Nanoseconds kSettling = kSecond / 2;
/// Each repetition costs an encoder on the processor a few milliseconds, and shows nothing: it only
/// tells a client that lost the one before of it.
constexpr Nanoseconds kStillInterval = kSecond / 4;
/// So many new pictures in a row are judged together: an eighth of a second at 60.
constexpr int kJudged = 8;
/// A wait of less than this part of a slot is not worth a picture.
constexpr int kWorthwhile = 8;
/// A source is waited for if it will draw within this part of its period, and so long in addition,
/// because it tells its time in milliseconds and keeps it no better.
constexpr int kPatience = 3;
/// One that is late by more than this part has stopped.
constexpr int kOverdue = 8;
constexpr Nanoseconds kUnsure = kSecond / 1000;

}  // namespace

FrameClock::FrameClock(int rate_numerator, int rate_denominator, Nanoseconds start)
    : interval_(kSecond * rate_denominator / rate_numerator),
      remainder_(kSecond * rate_denominator % rate_numerator),
      denominator_(rate_numerator),
      earliest_(start),
      last_frame_(start),
      last_change_(start) {}

Nanoseconds FrameClock::advance() {
  carry_ += remainder_;
  const bool whole = carry_ >= denominator_;
  if (whole) carry_ -= denominator_;
  return interval_ + (whole ? 1 : 0);
}

Nanoseconds FrameClock::repeat_due() const {
  if (last_frame_ - last_change_ >= kSettling) {
    return std::max(last_frame_ + std::max(kStillInterval, interval_), earliest_);
  }
  // A source at the client's own rate comes a little early or late; a slot of patience keeps its
  // next pictures from waiting behind a repetition of the last.
  const Nanoseconds patience = last_was_fresh_ ? interval_ : 0;
  return std::max(last_frame_ + interval_ + patience, earliest_);
}

Nanoseconds FrameClock::best(Nanoseconds latest, Nanoseconds period) const {
  if (!is_outpaced_by(period)) return earliest_;
  const Nanoseconds wait = latest + period - earliest_;
  if (wait < -period / kOverdue || wait > period / kPatience) return earliest_;
  return earliest_ + std::max<Nanoseconds>(wait, 0) + kUnsure;
}

bool FrameClock::is_outpaced_by(Nanoseconds period) const {
  return period > 0 && period <= interval_ - interval_ / kWorthwhile;
}

void FrameClock::realign(Nanoseconds time) {
  // A little before the source, so that best() finds it about to draw.
  earliest_ = std::max(earliest_, time + interval_ - kUnsure);
}

void FrameClock::take(Nanoseconds time, bool fresh, Nanoseconds waited) {
  earliest_ = std::max(earliest_, time - interval_) + advance();
  last_frame_ = time;
  last_was_fresh_ = fresh;
  if (!fresh) return;
  last_change_ = time;
  least_wait_ = fresh_ == 0 ? waited : std::min(least_wait_, waited);
  if (++fresh_ < kJudged) return;
  lagging_ = least_wait_ > interval_ / kWorthwhile;
  fresh_ = 0;
}

}  // namespace earthshine
