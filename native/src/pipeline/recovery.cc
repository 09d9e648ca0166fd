#include "pipeline/recovery.h"

#include <algorithm>

namespace earthshine {
namespace {

/// A keyframe weighs one, and so much is forgiven in a second.
constexpr double kForgiven = 3.0 / 5;
constexpr double kTooMuch = 3;
constexpr double kInvalidationWeight = kTooMuch / 20;

}  // namespace

std::uint64_t Recovery::number_of(std::uint32_t index) const {
  const Sent& entry = sent_[index % kRemembered];
  return entry.index == index ? entry.number : 0;
}

double Recovery::burden(Nanoseconds time) const {
  const double seconds = static_cast<double>(std::max<Nanoseconds>(time - burden_time_, 0)) / 1e9;
  return std::max(burden_ - seconds * kForgiven, 0.0);
}

void Recovery::charge(Nanoseconds time, double weight) {
  burden_ = burden(time) + weight;
  burden_time_ = time;
}

bool Recovery::restless(Nanoseconds time) const {
  return burden(time) > kTooMuch;
}

Recovery::Answer Recovery::want_keyframe(Nanoseconds time) {
  keyframe_wanted_ = true;
  charge(time, 1);
  return Answer::kKeyframe;
}

Recovery::Answer Recovery::keyframe_requested(Nanoseconds time, Nanoseconds round_trip,
                                              const Departure& departed) {
  if (keyframe_wanted_ || keyframe_at_work_) return Answer::kMerged;
  // The client asked before it can have seen that one: it waits behind others, is being sent, or
  // was a moment ago.
  if (keyframe_sent_ && (departed.index != keyframe_index_ || time - departed.time < round_trip)) {
    return Answer::kMerged;
  }
  return want_keyframe(time);
}

Recovery::Answer Recovery::invalidation_requested(std::uint32_t first, std::uint32_t last,
                                                  Nanoseconds time) {
  if (keyframe_wanted_ || keyframe_at_work_) return Answer::kMerged;
  const std::uint64_t from = first <= last ? number_of(first) : 0;
  if (answered_ && last < answer_index_ && (answer_from_ == 0 || from >= answer_from_)) {
    return Answer::kHandled;
  }
  if (from == 0) return want_keyframe(time);
  if (at_work_from_ != 0 && from >= at_work_from_) return Answer::kHandled;
  if (wanted_from_ != 0 && from >= wanted_from_) return Answer::kHandled;
  wanted_from_ = from;
  charge(time, kInvalidationWeight);
  return Answer::kInvalidation;
}

void Recovery::restart() {
  ++restarts_;
  keyframe_wanted_ = true;
  keyframe_at_work_ = false;
  wanted_from_ = at_work_from_ = 0;
  answered_ = keyframe_sent_ = false;
  sent_.fill({});
}

FrameWish Recovery::begin_frame() {
  const FrameWish wish{.keyframe = keyframe_wanted_,
                       .invalidate_from = keyframe_wanted_ ? 0 : wanted_from_,
                       .since_restart = restarts_};
  keyframe_at_work_ = keyframe_wanted_;
  at_work_from_ = wish.invalidate_from;
  keyframe_wanted_ = false;
  wanted_from_ = 0;
  return wish;
}

FrameType Recovery::type_for(const FrameWish& wish, FrameType encoded) {
  if (encoded == FrameType::kIdr) return FrameType::kIdr;
  // Another viewer's loss may have changed what this frame refers to; to this one it is a frame
  // like any other.
  return wish.invalidate_from != 0 ? FrameType::kAfterInvalidation : FrameType::kPredicted;
}

void Recovery::sent(std::uint32_t index, const AccessUnit& unit, const FrameWish& wish,
                    Nanoseconds time) {
  if (wish.since_restart != restarts_) return;
  keyframe_at_work_ = false;
  at_work_from_ = 0;
  sent_[index % kRemembered] = {index, unit.number};
  if (unit.type == FrameType::kIdr) {
    // It answers whatever was asked until now: nobody has seen it yet.
    keyframe_wanted_ = false;
    wanted_from_ = 0;
    keyframe_sent_ = answered_ = true;
    keyframe_index_ = index;
    answer_index_ = index;
    answer_from_ = 0;
    // A wish for less that became an IDR weighs as one.
    if (wish.invalidate_from != 0) charge(time, 1 - kInvalidationWeight);
  } else if (wish.keyframe) {
    keyframe_wanted_ = true;
  } else if (wish.invalidate_from != 0) {
    answered_ = true;
    answer_index_ = index;
    answer_from_ = wish.invalidate_from;
  }
}

void Recovery::dropped(const AccessUnit& unit, const FrameWish& wish) {
  if (wish.since_restart != restarts_) return;
  keyframe_at_work_ = false;
  at_work_from_ = 0;
  if (unit.type == FrameType::kIdr || wish.keyframe || !client_invalidates_) {
    keyframe_wanted_ = true;
    return;
  }
  // The answer to an earlier loss was dropped with it.
  const std::uint64_t from = wish.invalidate_from != 0 ? wish.invalidate_from : unit.number;
  wanted_from_ = wanted_from_ != 0 ? std::min(wanted_from_, from) : from;
}

}  // namespace earthshine
