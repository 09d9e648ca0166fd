#pragma once

#include <optional>

#include "base/clock.h"

namespace earthshine {

/// When a viewer shares an encode with others, and when it has one of its own (design.md §1). One
/// per viewer; values in, values out.
class SharingRule {
 public:
  struct Situation {
    /// others are served by the same encode
    bool shares = false;
    /// the encode is what this viewer wants; without others it always becomes that
    bool agrees = true;
    /// it causes so many keyframes that others would suffer (Recovery::restless)
    bool restless = false;
    /// another encode is what this viewer wants
    bool has_match = false;
  };
  enum class Move { kStay, kApart, kTogether };

  /// A viewer that parts from the others comes back when nothing has kept them apart for ten
  /// seconds; each further parting doubles the time.
  Move decide(const Situation& situation, Nanoseconds time);
  [[nodiscard]] bool has_parted() const { return partings_ > 0; }
  /// Whether time alone may change the decision.
  [[nodiscard]] bool waits() const {
    return equal_since_.has_value() || unequal_since_.has_value();
  }

 private:
  std::optional<Nanoseconds> equal_since_, unequal_since_;
  int partings_ = 0;
};

}  // namespace earthshine
