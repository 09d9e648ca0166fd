#include "pipeline/viewer.h"

#include <algorithm>
#include <string>
#include <utility>

#include "pipeline/viewer_statistics.h"

namespace earthshine {
namespace {

void count(std::atomic<std::uint64_t>& counter, std::uint64_t amount = 1) {
  counter.fetch_add(amount, std::memory_order_relaxed);
}

std::uint64_t take(std::atomic<std::uint64_t>& counter) {
  return counter.exchange(0, std::memory_order_relaxed);
}

}  // namespace

Result<std::shared_ptr<Viewer>> Viewer::open(const ViewerOptions& options,
                                             OnPictureEvent on_event) {
  // The constructor is private.
  std::shared_ptr<Viewer> viewer(new Viewer(options, std::move(on_event)));
  if (auto audio = viewer->open_audio(); !audio) return audio.fault();
  return viewer;
}

Viewer::Viewer(const ViewerOptions& options, OnPictureEvent on_event)
    : options_(options),
      on_event_(std::move(on_event)),
      video_(options_.video, options_.counters->slot(options_.slot)),
      audio_(options_.audio_stream, options_.counters->slot(options_.slot)),
      bitrate_kbps_(options.encoder.bitrate_kbps),
      // A client that can do without an IDR leaves the number of references to the host.
      recovery_(options.encoder.max_reference_frames == 0),
      statistics_since_(now()) {}

Viewer::~Viewer() {
  close();
}

Result<bool> Viewer::open_audio() {
  auto track = AudioTrack::open(
      options_.audio, [this](std::span<const std::uint8_t> opus) { audio_.send(opus); },
      [this](std::string message, bool recovered) {
        on_event_({.kind = PictureEvent::Kind::kNotice,
                   .viewer = id(),
                   .part = "audio",
                   .message = std::move(message),
                   .recovered = recovered});
      });
  if (!track) return track.fault();
  audio_track_ = std::move(track.value());
  return true;
}

EncoderSettings Viewer::wanted() const {
  EncoderSettings settings = options_.encoder;
  settings.bitrate_kbps = bitrate_kbps_;
  return settings;
}

bool Viewer::restless() const {
  const std::lock_guard lock(recovery_mutex_);
  return recovery_.restless(now());
}

FrameWish Viewer::begin_frame() {
  const std::lock_guard lock(recovery_mutex_);
  return recovery_.begin_frame();
}

void Viewer::deliver(const AccessUnit& unit, const FrameWish& wish, std::uint64_t picture) {
  AccessUnit mine = unit;
  mine.type = Recovery::type_for(wish, unit.type);
  mine.repeated = picture == last_picture_;
  mine.stale = last_picture_ == 0;
  // Time stamps grow from frame to frame.
  mine.captured = std::max(unit.captured, last_captured_ + 1);
  // Only this thread takes indices.
  const std::uint32_t index = video_.next_frame_index();
  const bool accepted = video_.submit(mine);
  {
    const std::lock_guard lock(recovery_mutex_);
    if (accepted) {
      recovery_.sent(index, unit, wish, now());
    } else {
      recovery_.dropped(unit, wish);
    }
  }
  if (!accepted) return;
  last_picture_ = picture;
  last_captured_ = mine.captured;
  count(mine.repeated ? counts_.frames_repeated : counts_.frames_new);
  count(counts_.encoded_bytes, unit.bytes.size());
  if (unit.type == FrameType::kIdr) count(counts_.keyframes);
}

void Viewer::restart() {
  const std::lock_guard lock(recovery_mutex_);
  recovery_.restart();
}

Result<bool> Viewer::set_video_endpoint(const Endpoint& endpoint) {
  auto opened = video_.set_endpoint(endpoint);
  if (!opened) return opened;
  tell_of_a_small_send_buffer();
  // A client at a new address may have lost everything on the way there.
  restart();
  active_ = true;
  return true;
}

void Viewer::tell_of_a_small_send_buffer() {
  const SendBuffer buffer = video_.send_buffer();
  if (buffer.granted >= buffer.asked || told_of_send_buffer_.exchange(true)) return;
  const auto kilobytes = [](std::size_t bytes) { return std::to_string(bytes / 1024) + " KiB"; };
  on_event_(
      {.kind = PictureEvent::Kind::kNotice,
       .viewer = id(),
       .part = "video",
       .message = "The system allows a send buffer of " + kilobytes(buffer.granted) + " where " +
                  kilobytes(buffer.asked) +
                  " are wanted, so a large picture may lose packets before they leave. Put "
                  "60-earthshine.conf (packaging/usr/lib/sysctl.d) into /etc/sysctl.d and run "
                  "\"sysctl --system\"."});
}

Result<bool> Viewer::set_audio_endpoint(const Endpoint& endpoint) {
  return audio_.set_endpoint(endpoint);
}

bool Viewer::request_keyframe(Nanoseconds round_trip) {
  const std::lock_guard lock(recovery_mutex_);
  const auto answer = recovery_.keyframe_requested(now(), round_trip, video_.keyframe_departure());
  if (answer == Recovery::Answer::kKeyframe) return true;
  count(counts_.keyframes_merged);
  return false;
}

bool Viewer::invalidate(std::uint32_t first, std::uint32_t last) {
  const std::lock_guard lock(recovery_mutex_);
  switch (recovery_.invalidation_requested(first, last, now())) {
    case Recovery::Answer::kMerged:
      count(counts_.keyframes_merged);
      return false;
    case Recovery::Answer::kHandled:
      return false;
    default:
      count(counts_.invalidations);
      return true;
  }
}

void Viewer::set_bitrate(int kbps) {
  bitrate_kbps_ = kbps;
  video_.set_bitrate(kbps);
}

ViewerStatistics Viewer::take_statistics() {
  ViewerStatistics result;
  const Nanoseconds time = now();
  result.viewer = id();
  result.interval = time - statistics_since_.exchange(time);
  ViewerCounts<std::uint64_t>::each(
      [&](const char*, auto count) { count(result) = take(count(counts_)); });
  result.bitrate_kbps = bitrate_kbps_;
  result.audio_thread = audio_track_->thread_class();
  result.video = video_.take_statistics();
  result.audio = audio_.take_statistics();
  return result;
}

void Viewer::close() {
  const std::lock_guard lock(close_mutex_);
  active_ = false;
  if (audio_track_) audio_track_->close();
  video_.close();
}

}  // namespace earthshine
