#include "pipeline/sharing_rule.h"

#include <algorithm>

namespace earthshine {
namespace {

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
    if (!situation.restless && time - *unequal_since_ < patience_.differing) return Move::kStay;
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
  const Nanoseconds calm = patience_.calm << std::clamp(partings_ - 1, 0, kMostDoublings);
  if (time - *equal_since_ < calm) return Move::kStay;
  equal_since_.reset();
  return Move::kTogether;
}

}  // namespace earthshine
