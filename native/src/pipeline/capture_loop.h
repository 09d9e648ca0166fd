#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/result.h"
#include "base/thread_raiser.h"
#include "base/wake_event.h"
#include "capture/source.h"
#include "pipeline/changed_area.h"
#include "pipeline/converted_pictures.h"
#include "pipeline/frame_clock.h"
#include "pipeline/picture_event.h"
#include "pipeline/shared_encodes.h"

namespace earthshine {

/// The thread that grabs a source's pictures when the frame clock lets it, and posts them to the
/// encodes that want some. Methods may be called from any thread unless they say otherwise.
class CaptureLoop {
 public:
  /// The encodes and the pictures must outlive the loop.
  CaptureLoop(std::unique_ptr<Source> source, const FrameClock& clock, OnPictureEvent on_event,
              SharedEncodes& encodes, ConvertedPictures& pictures);
  ~CaptureLoop() { stop(); }
  CaptureLoop(const CaptureLoop&) = delete;
  CaptureLoop& operator=(const CaptureLoop&) = delete;

  /// Starts the thread once the source has delivered a picture. Once, before anything else.
  Result<bool> start();
  /// Goes on with another source, whose picture damages everything; the one before stays when the
  /// new one has none. Waits for the loop, and lets the old source go on the caller's thread.
  Result<bool> replace(std::unique_ptr<Source> source);
  /// A frame is wanted before its slot.
  void hurry();
  /// An encode has room for a picture.
  void room_made();
  /// of the clock's rate, rounded down
  [[nodiscard]] Nanoseconds frame_interval() const { return frame_interval_; }
  [[nodiscard]] ThreadClass thread_class() const { return raiser_.granted(); }
  /// ChangedArea::take
  std::optional<double> take_changed_area() { return changed_area_.take(); }
  /// Ends the thread and lets the source go. May be called twice, not at the same time.
  void stop();

 private:
  void run();
  /// A fault ends the loop.
  Result<bool> turn();
  Result<bool> take_changes();
  void take_replacement();
  Result<bool> send_new(Nanoseconds time);
  void send_again(Nanoseconds time);
  /// Sleeps until `deadline` (none: -1), woken by the wake event and, if asked, by the source.
  void sleep(Nanoseconds deadline, bool watch_source);

  const Nanoseconds frame_interval_;
  const OnPictureEvent on_event_;
  SharedEncodes& encodes_;
  ConvertedPictures& pictures_;
  std::unique_ptr<Source> source_;
  WakeEvent wake_;
  ThreadRaiser raiser_;
  ChangedArea changed_area_;
  std::atomic<bool> stopping_ = false;
  /// somebody waits for a frame: a new viewer, or one that asked for a keyframe
  std::atomic<bool> urgent_ = false;
  /// the thread waits until a mailbox is empty
  std::atomic<bool> wants_room_ = false;

  // The thread's own.
  FrameClock clock_;
  SourcePicture latest_;
  /// counts the source's pictures
  std::uint64_t number_ = 0;
  bool pending_ = false;
  /// SourceChange::latest and period of the pending picture
  Nanoseconds pending_latest_ = 0, pending_period_ = 0;
  /// the pending picture is left out in favour of the next, unless none comes (FrameClock::lags)
  bool left_out_ = false;
  /// the next one comes in the place of one that was left out
  bool replaces_ = false;
  /// a slot was not filled at once, because the source is about to draw
  bool held_ = false;
  /// the encodes that want pictures, as of this turn
  std::vector<std::shared_ptr<EncodeUnit>> active_;

  /// One replace() at a time. Taken before `replacing_`.
  std::mutex replacements_;
  std::mutex replacing_;
  std::condition_variable replaced_;
  /// waits for the loop
  std::unique_ptr<Source> next_;
  /// What became of it, and the source that the loop has no use for any more.
  std::optional<Result<bool>> outcome_;
  std::unique_ptr<Source> retired_;
  std::atomic<bool> has_next_ = false;
  /// the thread takes nothing any more
  bool over_ = false;

  std::thread thread_;
};

}  // namespace earthshine
