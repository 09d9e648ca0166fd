#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/thread_raiser.h"
#include "base/wake_event.h"
#include "capture/source.h"
#include "convert/picture_converter.h"
#include "pipeline/frame_clock.h"
#include "pipeline/picture_event.h"
#include "pipeline/shared_encodes.h"
#include "pipeline/viewer.h"
#include "pipeline/viewer_statistics.h"

namespace earthshine {

struct PictureMode {
  /// even in both directions
  int width = 0, height = 0;
  int rate_numerator = 60, rate_denominator = 1;
};

/// A source in a mode, with a thread that captures and converts, and the viewers that watch it.
/// Pictures are converted once for all viewers of one format, and encoded once for all viewers
/// that want the same (SharedEncodes). Methods may be called from any thread.
class Picture {
 public:
  /// Resolves once the source has delivered a picture.
  static Result<std::unique_ptr<Picture>> open(std::unique_ptr<Source> source,
                                               const PictureMode& mode, OnPictureEvent on_event,
                                               const SharingPatience& patience = {});
  ~Picture();
  Picture(const Picture&) = delete;
  Picture& operator=(const Picture&) = delete;

  [[nodiscard]] const PictureMode& mode() const { return mode_; }
  /// Size, rate and frame interval are set to the mode's.
  Result<bool> add_viewer(ViewerOptions options);
  /// Waits for the viewer's threads. False when there is no such viewer.
  bool remove_viewer(std::uint32_t viewer);
  enum class Plane : std::uint8_t { kVideo, kAudio };
  /// Unknown viewers are ignored here and below: they may just have left.
  void set_endpoint(std::uint32_t viewer, Plane plane, const Endpoint& endpoint);
  /// Merged with a keyframe that is not sent yet, or was less than a round trip ago (0: unknown).
  void request_keyframe(std::uint32_t viewer, Nanoseconds round_trip);
  /// The client's frames `first` and later are not referred to any more.
  void invalidate(std::uint32_t viewer, std::uint32_t first, std::uint32_t last);
  void set_bitrate(std::uint32_t viewer, int kbps);
  void set_fec_percentage(std::uint32_t viewer, int percentage);
  /// Segmentation offload is left for good.
  void use_batches(std::uint32_t viewer);
  std::vector<ViewerStatistics> take_statistics();
  /// Ends every thread; may be called twice.
  void close();

 private:
  /// The latest picture in one of the formats that viewers want.
  struct Converted {
    explicit Converted(const PictureMode& mode, const YuvFormat& format)
        : pool(mode.width, mode.height, format) {}
    YuvPicturePool pool;
    PictureConverter converter;
    /// of the source since the converter's last picture
    Damage damage = Damage::everything();
    /// blocks that differ between the converter's last two pictures
    ChangeMap changes;
    std::shared_ptr<const YuvPicture> picture;
    /// of `picture`, and of the one converted before it
    std::uint64_t number = 0, number_before = 0;
    Nanoseconds convert_time = 0;
  };
  using Viewers = std::vector<std::shared_ptr<Viewer>>;
  using Units = std::vector<std::shared_ptr<EncodeUnit>>;

  Picture(std::unique_ptr<Source> source, const PictureMode& mode, OnPictureEvent on_event,
          const SharingPatience& patience);

  std::shared_ptr<Viewer> find(std::uint32_t viewer) const;
  void capture_pictures();
  /// One turn of the capture thread; a fault ends it.
  Result<bool> turn();
  Result<bool> take_changes();
  Result<bool> send_new(Nanoseconds time);
  void send_again(Nanoseconds time);
  void post(EncodeUnit& unit, Nanoseconds captured, std::optional<Nanoseconds> capture_time);
  /// Prepares for viewers of this format, off the capture thread.
  void prepare(const YuvFormat& format);
  /// Null when nobody wants it any more.
  std::shared_ptr<Converted> converted(const YuvFormat& format) const;
  void forget_unused_formats();
  /// Sleeps until `deadline` (none: -1), woken by the wake event and, if asked, by the source.
  void sleep(Nanoseconds deadline, bool watch_source);
  /// A frame is wanted before its slot.
  void hurry();
  void wake();

  const PictureMode mode_;
  const OnPictureEvent on_event_;
  std::unique_ptr<Source> source_;
  WakeEvent wake_;
  std::atomic<bool> stopping_ = false;
  /// somebody waits for a frame: a new viewer, or one that asked for a keyframe
  std::atomic<bool> urgent_ = false;
  /// the capture thread waits until a mailbox is empty
  std::atomic<bool> wants_room_ = false;

  /// Viewers come and go one at a time. Taken before `viewers_mutex_`.
  std::mutex membership_mutex_;
  mutable std::mutex viewers_mutex_;
  Viewers viewers_;
  // The list is under the mutex; what its entries hold is the capture thread's own.
  std::vector<std::shared_ptr<Converted>> formats_;
  SharedEncodes encodes_;
  ThreadRaiser raiser_;

  // The capture thread's own.
  FrameClock clock_;
  BgrxView view_;
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
  Units active_;

  std::mutex close_mutex_;
  std::thread thread_;
};

}  // namespace earthshine
