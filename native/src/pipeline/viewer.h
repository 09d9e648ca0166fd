#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "audio/audio_track.h"
#include "base/histogram.h"
#include "base/thread_class.h"
#include "encode/encoder.h"
#include "net/audio_stream.h"
#include "net/video_stream.h"
#include "pipeline/counter_page.h"
#include "pipeline/picture_event.h"
#include "pipeline/recovery.h"

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

/// What a viewer counts of the frames that it gets.
template <typename Count>
struct ViewerCounts {
  Count frames_new = 0, frames_repeated = 0, keyframes = 0, keyframes_merged = 0, invalidations = 0,
        encoded_bytes = 0;

  /// `visit` is called with each count's name (ViewerStatistics) and with where it is.
  template <typename Visit>
  static void each(Visit&& visit) {
    visit(
        "framesNew", [](auto& counts) -> auto& { return counts.frames_new; });
    visit(
        "framesRepeated", [](auto& counts) -> auto& { return counts.frames_repeated; });
    visit(
        "keyframes", [](auto& counts) -> auto& { return counts.keyframes; });
    visit(
        "keyframesMerged", [](auto& counts) -> auto& { return counts.keyframes_merged; });
    visit(
        "invalidations", [](auto& counts) -> auto& { return counts.invalidations; });
    visit(
        "encodedBytes", [](auto& counts) -> auto& { return counts.encoded_bytes; });
  }
};

struct ViewerStatistics;

/// One session's part of a picture: its two streams, its sound, and what it needs of the frames
/// that an EncodeUnit makes. Methods may be called from any thread unless they say otherwise.
class Viewer {
 public:
  static Result<std::shared_ptr<Viewer>> open(const ViewerOptions& options,
                                              OnPictureEvent on_event);
  ~Viewer();
  Viewer(const Viewer&) = delete;
  Viewer& operator=(const Viewer&) = delete;

  [[nodiscard]] std::uint32_t id() const { return options_.viewer; }
  /// What it wants of an encode, with its latest bitrate.
  [[nodiscard]] EncoderSettings wanted() const;
  /// A video endpoint is known: only then are pictures wanted.
  [[nodiscard]] bool active() const { return active_; }
  /// Others should not share its encode (Recovery::restless).
  [[nodiscard]] bool restless() const;

  /// Bytes of the longest access unit that its client can be sent.
  [[nodiscard]] std::size_t largest_access_unit() const { return video_.largest_access_unit(); }

  // The encode thread of the unit that serves it calls these two, in turns.
  FrameWish begin_frame();
  /// `picture` counts the source's pictures.
  void deliver(const AccessUnit& unit, const FrameWish& wish, std::uint64_t picture);

  /// Another encoder serves it from now on.
  void restart();

  Result<bool> set_video_endpoint(const Endpoint& endpoint);
  Result<bool> set_audio_endpoint(const Endpoint& endpoint);
  // Both return whether the next frame has to answer it.
  bool request_keyframe(Nanoseconds round_trip);
  bool invalidate(std::uint32_t first, std::uint32_t last);
  void set_bitrate(int kbps);
  void set_fec_percentage(int percentage) { video_.set_fec_percentage(percentage); }
  void set_min_fec_packets(int packets) { video_.set_min_fec_packets(packets); }
  void use_batches() { video_.use_batches(); }
  /// AudioTrack::follow
  void follow_sink(const std::string& sink) { audio_track_->follow(sink); }
  /// Without the figures of the encode.
  ViewerStatistics take_statistics();
  /// Ends every thread; may be called twice.
  void close();

 private:
  Viewer(const ViewerOptions& options, OnPictureEvent on_event);
  Result<bool> open_audio();
  void tell_of_a_small_send_buffer();

  const ViewerOptions options_;
  const OnPictureEvent on_event_;
  VideoStream video_;
  AudioStream audio_;
  std::unique_ptr<AudioTrack> audio_track_;
  std::atomic<bool> active_ = false;
  std::atomic<bool> told_of_send_buffer_ = false;
  std::atomic<int> bitrate_kbps_;

  mutable std::mutex recovery_mutex_;
  Recovery recovery_;

  // The encode thread's own.
  std::uint64_t last_picture_ = 0;
  Nanoseconds last_captured_ = 0;

  ViewerCounts<std::atomic<std::uint64_t>> counts_;
  std::atomic<Nanoseconds> statistics_since_;

  std::mutex close_mutex_;
};

}  // namespace earthshine
