#pragma once

#include "base/clock.h"

namespace earthshine {

/// When the next frame may go, and when the last one is repeated (design.md §4). A virtual clock at
/// the client's exact rate with one frame of tolerance: a source that is late or early by less than
/// a frame loses nothing, and in the long run no more frames go out than the client asked for.
/// Without a change, frames are repeated: every slot just after it, ten a second on a still screen.
class FrameClock {
 public:
  /// Frames per second as a fraction, so that 60000/1001 does not drift.
  FrameClock(int rate_numerator, int rate_denominator, Nanoseconds start);

  /// From when on the budget allows a frame.
  [[nodiscard]] Nanoseconds earliest() const { return earliest_; }
  /// When the last picture is to be sent again if nothing new has come.
  [[nodiscard]] Nanoseconds repeat_due() const;
  /// One slot, rounded down.
  [[nodiscard]] Nanoseconds interval() const { return interval_; }

  /// A frame goes out now; `fresh` when it shows something new.
  void take(Nanoseconds time, bool fresh);

 private:
  /// The next slot's length: the remainders of the division are carried on.
  Nanoseconds advance();

  Nanoseconds interval_;
  Nanoseconds remainder_, denominator_;
  Nanoseconds carry_ = 0;
  Nanoseconds earliest_;
  Nanoseconds last_frame_;
  Nanoseconds last_change_;
  bool last_was_fresh_ = false;
};

}  // namespace earthshine
