#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

#include "base/clock.h"
#include "base/doorbell.h"
#include "convert/change_map.h"
#include "convert/yuv_picture.h"
#include "encode/frame_journey.h"

namespace earthshine {

/// One picture on its way to an encoder.
struct EncodeJob {
  std::shared_ptr<const YuvPicture> picture;
  /// counts the source's pictures; the same number is the same picture
  std::uint64_t number = 0;
  /// the picture that `changes` of JobSlot::put count from; the same as `number` for a repetition
  std::uint64_t changed_since = 0;
  /// when it changed; for a repetition when it was due
  Nanoseconds captured = 0;
  /// its way until now; only of a picture that the source just gave
  FrameJourney journey{};
};

/// One slot between the capture thread and an encode thread: the newest picture wins, and putting
/// never waits. What changed is merged, so that the picture that is taken comes with everything
/// that changed since the one taken before. Two maps of changes take turns; nothing is allocated.
class JobSlot {
 public:
  /// For pictures of this size.
  JobSlot(int width, int height) : put_(width, height), taken_(width, height) {}

  /// `changes` from job.changed_since to job.number, null when unknown; ignored for a repetition.
  /// True when a picture that nobody had taken was thrown away.
  bool put(EncodeJob job, const ChangeMap* changes);

  struct Taken {
    EncodeJob job;
    /// since the picture job.changed_since, valid until the next take(); null: everything may have
    /// changed
    const ChangeMap* changes = nullptr;
  };
  /// Waits for a picture; nothing once closed. One thread takes.
  std::optional<Taken> take();

  [[nodiscard]] bool occupied() const;
  void close();

 private:
  mutable std::mutex mutex_;
  Doorbell filled_;
  std::optional<EncodeJob> job_;
  ChangeMap put_;
  bool known_ = false, closed_ = false;
  /// the taking thread's own
  ChangeMap taken_;
};

}  // namespace earthshine
