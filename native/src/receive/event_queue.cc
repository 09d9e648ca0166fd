#include "receive/event_queue.h"

#include <algorithm>
#include <utility>

namespace earthshine {

bool EventQueue::room() {
  if (others_ < kOthers) {
    ++others_;
    return true;
  }
  ++unfetched_.events;
  return false;
}

void EventQueue::lose(LostFrames lost) {
  // Once one range waits for room, all further ones join it, so that their order stays.
  if (!pending_ && others_ < kOthers) {
    ++others_;
    events_.emplace_back(lost);
    return;
  }
  if (pending_) {
    pending_->last = lost.last;
  } else {
    pending_ = lost;
  }
}

void EventQueue::add(const ReceivedFrame& frame) {
  QueuedFrame queued{frame, {frame.data.begin(), frame.data.end()}};
  queued.about.data = {};
  const std::scoped_lock lock(mutex_);
  if (pending_ || frames_ == kFrames || bytes_ + queued.bytes.size() > kBytes) {
    ++unfetched_.frames;
    lose({frame.index, frame.index});
    return;
  }
  ++frames_;
  bytes_ += queued.bytes.size();
  events_.emplace_back(std::move(queued));
}

void EventQueue::add(LostFrames lost) {
  const std::scoped_lock lock(mutex_);
  lose(lost);
}

void EventQueue::add(const BlockStatus& block) {
  const std::scoped_lock lock(mutex_);
  if (room()) events_.emplace_back(block);
}

void EventQueue::add(const Violation& violation) {
  const std::scoped_lock lock(mutex_);
  if (room()) events_.emplace_back(violation);
}

void EventQueue::add(Fault fault) {
  const std::scoped_lock lock(mutex_);
  // Always: it comes once, and nothing comes after it.
  events_.emplace_back(std::move(fault));
}

std::vector<VideoEvent> EventQueue::take() {
  const std::scoped_lock lock(mutex_);
  if (const auto lost = std::exchange(pending_, std::nullopt)) events_.emplace_back(*lost);
  frames_ = bytes_ = others_ = 0;
  announced_ = false;
  return std::exchange(events_, {});
}

EventQueue::Unfetched EventQueue::unfetched() const {
  const std::scoped_lock lock(mutex_);
  return unfetched_;
}

bool EventQueue::announce() {
  const std::scoped_lock lock(mutex_);
  if (announced_ || (events_.empty() && !pending_)) return false;
  announced_ = true;
  return true;
}

}  // namespace earthshine
