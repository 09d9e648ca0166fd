#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "audio/audio_track.h"
#include "encode/encoder.h"
#include "net/audio_stream.h"
#include "net/video_stream.h"
#include "pipeline/counter_page.h"
#include "pipeline/histogram.h"
#include "pipeline/mailbox.h"
#include "pipeline/picture_event.h"

namespace earthshine {

struct ViewerOptions {
  std::uint32_t viewer = 0;
  std::shared_ptr<CounterPage> counters;
  /// below kCounterSlots
  std::size_t slot = 0;
  EncoderSettings encoder;
  VideoStreamOptions video;
  AudioTrackOptions audio;
  AudioStreamOptions audio_stream;
};

/// One picture on its way to a viewer's encoder.
struct EncodeJob {
  std::shared_ptr<const YuvPicture> picture;
  /// counts the source's pictures; the same number is the same picture
  std::uint64_t number = 0;
  /// when it changed; for a repetition when it was due
  Nanoseconds captured = 0;
  /// how long grabbing and converting took; only for a new picture
  std::optional<Nanoseconds> capture_time{}, convert_time{};
};

/// Figures since the last call, as server/src/media/statistics.ts has them.
struct ViewerStatistics {
  std::uint32_t viewer = 0;
  Nanoseconds interval = 0;
  std::optional<Histogram::Percentiles> capture, convert, encode;
  std::uint64_t frames_new = 0, frames_repeated = 0, frames_overwritten = 0, keyframes = 0,
                invalidations = 0, encoded_bytes = 0;
  VideoStreamStatistics video;
  AudioStreamStatistics audio;
};

/// One session's part of a picture: its encoder with a thread of its own, its two streams and its
/// sound. Methods may be called from any thread unless they say otherwise.
class Viewer {
 public:
  /// `on_taken` runs on the encode thread whenever the mailbox has room again.
  static Result<std::unique_ptr<Viewer>> open(const ViewerOptions& options, OnPictureEvent on_event,
                                              std::function<void()> on_taken);
  ~Viewer();
  Viewer(const Viewer&) = delete;
  Viewer& operator=(const Viewer&) = delete;

  [[nodiscard]] std::uint32_t id() const { return options_.viewer; }
  [[nodiscard]] const YuvFormat& format() const { return options_.encoder.format; }
  /// A video endpoint is known and the encoder works: only then are pictures wanted.
  [[nodiscard]] bool active() const { return active_; }
  [[nodiscard]] bool has_room() const { return !mailbox_.occupied(); }
  /// From the capture thread. A picture that waits is replaced.
  void post(EncodeJob job);

  Result<bool> set_video_endpoint(const Endpoint& endpoint);
  Result<bool> set_audio_endpoint(const Endpoint& endpoint);
  void request_keyframe();
  /// x264 here has one reference, so the answer is a keyframe.
  void invalidate();
  void set_bitrate(int kbps);
  void set_fec_percentage(int percentage);
  ViewerStatistics take_statistics();
  /// Ends every thread; may be called twice.
  void close();

 private:
  Viewer(const ViewerOptions& options, OnPictureEvent on_event, std::function<void()> on_taken,
         std::unique_ptr<Encoder> encoder);
  Result<bool> open_audio();
  void encode_pictures();
  /// False when the encoder cannot go on.
  bool encode(const EncodeJob& job);
  void tell(PictureEvent::Kind kind, const char* part, std::string message);

  const ViewerOptions options_;
  const OnPictureEvent on_event_;
  const std::function<void()> on_taken_;
  std::unique_ptr<Encoder> encoder_;
  VideoStream video_;
  AudioStream audio_;
  std::unique_ptr<AudioTrack> audio_track_;
  Mailbox<EncodeJob> mailbox_;
  std::atomic<bool> active_ = false;
  std::atomic<bool> keyframe_wanted_ = true;
  /// 0: no change
  std::atomic<int> new_bitrate_ = 0;

  // The encode thread's own.
  std::uint64_t last_number_ = 0;
  Nanoseconds last_captured_ = 0;

  std::mutex statistics_mutex_;
  ViewerStatistics figures_;
  Histogram capture_, convert_, encode_;
  Nanoseconds statistics_since_;

  std::mutex close_mutex_;
  std::thread thread_;
};

}  // namespace earthshine
