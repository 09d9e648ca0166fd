#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "capture/source.h"
#include "pipeline/capture_loop.h"
#include "pipeline/converted_pictures.h"
#include "pipeline/picture_event.h"
#include "pipeline/shared_encodes.h"
#include "pipeline/video_endpoints.h"
#include "pipeline/viewer.h"
#include "pipeline/viewer_statistics.h"

namespace earthshine {

struct PictureMode {
  /// even in both directions
  int width = 0, height = 0;
  int rate_numerator = 60, rate_denominator = 1;
};

/// A source in a mode, and the viewers that watch it. One thread captures (CaptureLoop); what it
/// grabs is converted once for all viewers of one format (ConvertedPictures) and encoded once for
/// all that want the same (SharedEncodes). Methods may be called from any thread.
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
  /// All viewers go on with another source, without a keyframe. Waits for the capture thread.
  Result<bool> replace_source(std::unique_ptr<Source> source);
  /// The encoder of who is likely to join next, with the mode's size and rate.
  void expect(std::shared_ptr<ExpectedEncoder> expected);
  /// Size, rate and frame interval are set to the mode's.
  Result<bool> add_viewer(ViewerOptions options);
  /// Waits for the viewer's threads. False when there is no such viewer.
  bool remove_viewer(std::uint32_t viewer);
  enum class Stream : std::uint8_t { kVideo, kAudio };
  /// Video that cannot be sent there is tried again for a while (VideoEndpoints); sound that cannot
  /// is left out, and a notice says so. Unknown viewers are ignored here and below: they may just
  /// have left.
  void set_endpoint(std::uint32_t viewer, Stream stream, const Endpoint& endpoint);
  /// Merged with a keyframe that is not sent yet, or was less than a round trip ago (0: unknown).
  void request_keyframe(std::uint32_t viewer, Nanoseconds round_trip);
  /// The client's frames `first` and later are not referred to any more.
  void invalidate(std::uint32_t viewer, std::uint32_t first, std::uint32_t last);
  void set_bitrate(std::uint32_t viewer, int kbps);
  void set_fec_percentage(std::uint32_t viewer, int percentage);
  void set_min_fec_packets(std::uint32_t viewer, int packets);
  /// Segmentation offload is left for good.
  void use_batches(std::uint32_t viewer);
  /// Its sound comes from another sink (AudioTrack::follow).
  void follow_sink(std::uint32_t viewer, const std::string& sink);
  std::vector<ViewerStatistics> take_statistics();
  /// Ends every thread; may be called twice.
  void close();

 private:
  using Viewers = std::vector<std::shared_ptr<Viewer>>;

  Picture(std::unique_ptr<Source> source, const PictureMode& mode, OnPictureEvent on_event,
          const SharingPatience& patience);

  std::shared_ptr<Viewer> find(std::uint32_t viewer) const;
  void forget_unused_formats();
  Result<bool> open_video(std::uint32_t viewer, const Endpoint& endpoint);

  const PictureMode mode_;
  const OnPictureEvent on_event_;
  std::atomic<bool> closed_ = false;

  /// Viewers come and go one at a time. Taken before `viewers_mutex_`.
  std::mutex membership_mutex_;
  mutable std::mutex viewers_mutex_;
  Viewers viewers_;

  SharedEncodes encodes_;
  ConvertedPictures pictures_;
  CaptureLoop capture_;
  VideoEndpoints endpoints_;

  std::mutex close_mutex_;
};

}  // namespace earthshine
