#include "encode/reference_frames.h"

#include <algorithm>

namespace earthshine {

ReferenceFrames::ReferenceFrames(int capacity) : capacity_(std::max(capacity, 1)) {
  kept_.reserve(static_cast<std::size_t>(capacity_) + 1);
}

std::optional<ReferenceFrames::Frame> ReferenceFrames::newest_usable() const {
  const auto found =
      std::find_if(kept_.begin(), kept_.end(), [](const Frame& frame) { return frame.usable; });
  if (found == kept_.end()) return std::nullopt;
  return *found;
}

void ReferenceFrames::invalidate(std::uint64_t first) {
  for (Frame& frame : kept_) frame.usable = frame.usable && frame.number < first;
}

ReferenceFrames::Frame ReferenceFrames::next(std::uint64_t number, bool idr) const {
  Frame frame{.number = number};
  if (!idr && !kept_.empty()) frame.order = kept_.front().order + 1;
  // Also an IDR leaves the frames before it alone until it is written.
  const auto taken = [&](int slot) {
    return std::any_of(kept_.begin(), kept_.end(),
                       [&](const Frame& other) { return other.slot == slot; });
  };
  while (taken(frame.slot)) ++frame.slot;
  return frame;
}

void ReferenceFrames::add(const Frame& frame) {
  if (frame.order == 0) kept_.clear();
  kept_.insert(kept_.begin(), frame);
  if (kept_.size() > static_cast<std::size_t>(capacity_)) kept_.pop_back();
}

}  // namespace earthshine
