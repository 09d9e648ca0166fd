#include "pipeline/job_slot.h"

#include <algorithm>
#include <utility>

namespace earthshine {

bool JobSlot::put(EncodeJob job, const ChangeMap* changes) {
  // The old picture's last holder may be this slot; it is let go without the lock.
  std::optional<EncodeJob> old;
  {
    const std::lock_guard lock(mutex_);
    old.swap(job_);
    const bool fits =
        changes && changes->columns() == put_.columns() && changes->rows() == put_.rows();
    const bool repeats = job.changed_since == job.number;
    // Nothing is new in a repetition, so whatever follows one that waits counts from there.
    const bool follows = old && old->changed_since != old->number;
    if (!follows) {
      known_ = fits && !repeats;
      if (known_)
        std::copy_n(changes->unchanged().data(), changes->unchanged().size(), put_.data());
    } else if (job.changed_since != old->number) {
      known_ = false;
    } else {
      if (!repeats) known_ = known_ && fits;
      if (!repeats && known_) put_.merge(*changes);
      job.changed_since = old->changed_since;
    }
    job_.emplace(std::move(job));
  }
  filled_.ring();
  return old.has_value();
}

std::optional<JobSlot::Taken> JobSlot::take() {
  for (;;) {
    const std::uint32_t heard = filled_.heard();
    {
      const std::lock_guard lock(mutex_);
      if (closed_) return std::nullopt;
      if (job_) {
        Taken taken{std::move(*job_)};
        job_.reset();
        if (known_) {
          std::swap(put_, taken_);
          taken.changes = &taken_;
        }
        return taken;
      }
    }
    filled_.wait(heard);
  }
}

bool JobSlot::occupied() const {
  const std::lock_guard lock(mutex_);
  return job_.has_value();
}

void JobSlot::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  filled_.ring();
}

}  // namespace earthshine
