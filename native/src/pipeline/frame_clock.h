#pragma once

#include "base/clock.h"

namespace earthshine {

/// When the next frame may go, and when the last one is repeated (design.md §4). A virtual clock at
/// the client's exact rate with one frame of tolerance: a source that is late or early by less than
/// a frame loses nothing, and in the long run no more frames go out than the client asked for.
/// Without a change, frames are repeated: every slot just after it, four a second on a still
/// screen.
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

  /// Whether every new picture of late had to wait for its slot. A source at the client's own rate
  /// ends there after a hiccup, or by being a little faster: its pictures all come just too early,
  /// and each would wait for ever. Leaving one out then, and sending the next as it comes, takes
  /// the whole wait away.
  [[nodiscard]] bool lags() const { return fresh_ == 0 && lagging_; }

  /// When a picture is to be taken whose newest change was made at `latest`, `period` after the one
  /// before it. That is earliest(), but for a source that draws faster than the client shows and
  /// is about to draw again: each of its pictures would be shown a whole period old for as long as
  /// the two clocks stand so, and a short wait takes that away.
  [[nodiscard]] Nanoseconds best(Nanoseconds latest, Nanoseconds period) const;

  /// Whether a source with this period draws faster than the client shows.
  [[nodiscard]] bool is_outpaced_by(Nanoseconds period) const;
  /// After a picture was left out for one that went out at `time`: the slots follow that one. A
  /// source at the client's own rate needs no such thing, for it is left out by a whole slot.
  void realign(Nanoseconds time);

  /// A frame goes out now; `fresh` when it shows something new, which has `waited` so long for its
  /// slot.
  void take(Nanoseconds time, bool fresh, Nanoseconds waited = 0);

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
  /// the new pictures that are being judged, and the least that one of them waited
  int fresh_ = 0;
  Nanoseconds least_wait_ = 0;
  bool lagging_ = false;
};

}  // namespace earthshine
