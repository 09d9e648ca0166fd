#pragma once

#include <optional>

#include "base/clock.h"

namespace earthshine {

/// How long it takes until viewers part or come together.
struct SharingPatience {
  /// When several viewers change their bitrate together, each tells it a moment after the other.
  Nanoseconds differing = 250'000'000;
  /// What must pass without a difference before one that has parted comes back; each further
  /// parting doubles it, up to sixteen times.
  Nanoseconds calm = 10'000'000'000;
};

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

  explicit SharingRule(const SharingPatience& patience = {}) : patience_(patience) {}

  Move decide(const Situation& situation, Nanoseconds time);
  [[nodiscard]] bool has_parted() const { return partings_ > 0; }
  /// Whether time alone may change the decision.
  [[nodiscard]] bool waits() const {
    return equal_since_.has_value() || unequal_since_.has_value();
  }

 private:
  SharingPatience patience_;
  std::optional<Nanoseconds> equal_since_, unequal_since_;
  int partings_ = 0;
};

}  // namespace earthshine
