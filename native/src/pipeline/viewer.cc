#include "pipeline/viewer.h"

#include <pthread.h>

#include <algorithm>
#include <exception>

namespace earthshine {

Result<std::unique_ptr<Viewer>> Viewer::open(const ViewerOptions& options, OnPictureEvent on_event,
                                             std::function<void()> on_taken) {
  auto encoder = open_encoder(options.encoder);
  if (!encoder) return encoder.fault();
  std::unique_ptr<Viewer> viewer(
      new Viewer(options, std::move(on_event), std::move(on_taken), std::move(encoder.value())));
  if (auto audio = viewer->open_audio(); !audio) return audio.fault();
  viewer->thread_ = std::thread([self = viewer.get()] { self->encode_pictures(); });
  return viewer;
}

Viewer::Viewer(const ViewerOptions& options, OnPictureEvent on_event,
               std::function<void()> on_taken, std::unique_ptr<Encoder> encoder)
    : options_(options),
      on_event_(std::move(on_event)),
      on_taken_(std::move(on_taken)),
      encoder_(std::move(encoder)),
      video_(options_.video, options_.counters->slot(options_.slot)),
      audio_(options_.audio_stream, options_.counters->slot(options_.slot)),
      statistics_since_(now()) {}

Viewer::~Viewer() {
  close();
}

Result<bool> Viewer::open_audio() {
  auto track = AudioTrack::open(
      options_.audio, [this](std::span<const std::uint8_t> opus) { audio_.send(opus); },
      [this](std::string message) {
        tell(PictureEvent::Kind::kNotice, "audio", std::move(message));
      });
  if (!track) return track.fault();
  audio_track_ = std::move(track.value());
  return true;
}

void Viewer::tell(PictureEvent::Kind kind, const char* part, std::string message) {
  on_event_({.kind = kind, .viewer = id(), .part = part, .message = std::move(message)});
}

void Viewer::post(EncodeJob job) {
  if (!mailbox_.put(std::move(job))) return;
  const std::lock_guard lock(statistics_mutex_);
  ++figures_.frames_overwritten;
}

void Viewer::encode_pictures() {
  pthread_setname_np(pthread_self(), "encode");
  try {
    while (auto job = mailbox_.take()) {
      on_taken_();
      if (!encode(*job)) break;
    }
  } catch (const std::exception& error) {
    tell(PictureEvent::Kind::kFault, "encoder", error.what());
  }
  active_ = false;
}

bool Viewer::encode(const EncodeJob& job) {
  if (const int kbps = new_bitrate_.exchange(0); kbps > 0) {
    video_.set_bitrate(kbps);
    if (auto changed = encoder_->set_bitrate(kbps); !changed) {
      tell(PictureEvent::Kind::kNotice, "encoder", changed.fault().message);
    }
  }
  const bool repeated = job.number == last_number_;
  // Requests that came before this frame are all answered by it.
  const bool force_idr = keyframe_wanted_.exchange(false);
  const Nanoseconds begin = now();
  auto unit = encoder_->encode({.picture = *job.picture,
                                .captured = std::max(job.captured, last_captured_ + 1),
                                .repeated = repeated,
                                .force_idr = force_idr});
  if (!unit) {
    tell(PictureEvent::Kind::kFault, "encoder", unit.fault().message);
    return false;
  }
  const Nanoseconds end = now();
  last_number_ = job.number;
  last_captured_ = unit.value().captured;
  const bool accepted = video_.submit(unit.value());
  // The encoder refers to a frame that the client will never see: only an IDR ends that.
  if (!accepted) keyframe_wanted_ = true;

  const std::lock_guard lock(statistics_mutex_);
  encode_.add(end - begin);
  if (job.capture_time) capture_.add(*job.capture_time);
  if (job.convert_time) convert_.add(*job.convert_time);
  if (accepted) {
    ++(repeated ? figures_.frames_repeated : figures_.frames_new);
    figures_.keyframes += unit.value().type == FrameType::kIdr ? 1 : 0;
    figures_.encoded_bytes += unit.value().bytes.size();
  }
  return true;
}

Result<bool> Viewer::set_video_endpoint(const Endpoint& endpoint) {
  auto opened = video_.set_endpoint(endpoint);
  if (!opened) return opened;
  // A client at a new address may have lost everything on the way there.
  keyframe_wanted_ = true;
  active_ = true;
  return true;
}

Result<bool> Viewer::set_audio_endpoint(const Endpoint& endpoint) {
  return audio_.set_endpoint(endpoint);
}

void Viewer::request_keyframe() {
  keyframe_wanted_ = true;
}

void Viewer::invalidate() {
  keyframe_wanted_ = true;
  const std::lock_guard lock(statistics_mutex_);
  ++figures_.invalidations;
}

void Viewer::set_bitrate(int kbps) {
  new_bitrate_ = kbps;
}

void Viewer::set_fec_percentage(int percentage) {
  video_.set_fec_percentage(percentage);
}

ViewerStatistics Viewer::take_statistics() {
  ViewerStatistics result;
  {
    const std::lock_guard lock(statistics_mutex_);
    result = std::exchange(figures_, {});
    result.capture = capture_.take();
    result.convert = convert_.take();
    result.encode = encode_.take();
    const Nanoseconds time = now();
    result.interval = time - std::exchange(statistics_since_, time);
  }
  result.viewer = id();
  result.video = video_.take_statistics();
  result.audio = audio_.take_statistics();
  return result;
}

void Viewer::close() {
  const std::lock_guard lock(close_mutex_);
  active_ = false;
  mailbox_.close();
  if (thread_.joinable()) thread_.join();
  if (audio_track_) audio_track_->close();
  video_.close();
}

}  // namespace earthshine
