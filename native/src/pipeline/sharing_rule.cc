#include "pipeline/sharing_rule.h"

#include <algorithm>

namespace earthshine {
namespace {

constexpr Nanoseconds kSecond = 1'000'000'000;
/// When several viewers change their bitrate together, each tells it a moment after the other.
constexpr Nanoseconds kPatience = kSecond / 4;
constexpr Nanoseconds kCalm = 10 * kSecond;
/// 10 s, 20 s, … 160 s.
constexpr int kMostDoublings = 4;

}  // namespace

SharingRule::Move SharingRule::decide(const Situation& situation, Nanoseconds time) {
  if (situation.shares) {
    equal_since_.reset();
    if (situation.agrees && !situation.restless) {
      unequal_since_.reset();
      return Move::kStay;
    }
    if (!unequal_since_) unequal_since_ = time;
    if (!situation.restless && time - *unequal_since_ < kPatience) return Move::kStay;
    unequal_since_.reset();
    ++partings_;
    return Move::kApart;
  }
  unequal_since_.reset();
  if (!situation.has_match || situation.restless) {
    equal_since_.reset();
    return Move::kStay;
  }
  if (!equal_since_) equal_since_ = time;
  const Nanoseconds calm = kCalm << std::clamp(partings_ - 1, 0, kMostDoublings);
  if (time - *equal_since_ < calm) return Move::kStay;
  equal_since_.reset();
  return Move::kTogether;
}

}  // namespace earthshine
