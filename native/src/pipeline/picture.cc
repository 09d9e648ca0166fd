#include "pipeline/picture.h"

#include <algorithm>
#include <utility>

#include "pipeline/heap_limits.h"

namespace earthshine {

Result<std::unique_ptr<Picture>> Picture::open(std::unique_ptr<Source> source,
                                               const PictureMode& mode, OnPictureEvent on_event,
                                               const SharingPatience& patience) {
  std::unique_ptr<Picture> picture(
      new Picture(std::move(source), mode, std::move(on_event), patience));
  if (auto started = picture->capture_.start(); !started) return started.fault();
  return picture;
}

Picture::Picture(std::unique_ptr<Source> source, const PictureMode& mode, OnPictureEvent on_event,
                 const SharingPatience& patience)
    : mode_(mode),
      on_event_(std::move(on_event)),
      encodes_(
          patience, on_event_, [this](const YuvFormat& format) { pictures_.prepare(format); },
          [this] { capture_.room_made(); }, [this] { capture_.hurry(); }),
      pictures_(mode.width, mode.height),
      capture_(std::move(source), FrameClock(mode.rate_numerator, mode.rate_denominator, now()),
               on_event_, encodes_, pictures_),
      endpoints_([this](std::uint32_t viewer,
                        const Endpoint& endpoint) { return open_video(viewer, endpoint); },
                 on_event_) {}

Picture::~Picture() {
  close();
}

Result<bool> Picture::replace_source(std::unique_ptr<Source> source) {
  // What was opened has delivered; a source that fails later holds this picture.
  if (auto grabbed = source->grab(); !grabbed) return grabbed.fault();
  return capture_.replace(std::move(source));
}

std::shared_ptr<Viewer> Picture::find(std::uint32_t viewer) const {
  const std::lock_guard lock(viewers_mutex_);
  for (const auto& each : viewers_) {
    if (each->id() == viewer) return each;
  }
  return nullptr;
}

void Picture::expect(std::shared_ptr<ExpectedEncoder> expected) {
  encodes_.expect(std::move(expected));
}

Result<bool> Picture::add_viewer(ViewerOptions options) {
  options.encoder.width = mode_.width;
  options.encoder.height = mode_.height;
  options.encoder.rate_numerator = mode_.rate_numerator;
  options.encoder.rate_denominator = mode_.rate_denominator;
  options.video.frame_interval = capture_.frame_interval();
  const std::lock_guard membership(membership_mutex_);
  if (closed_) return Fault{"The picture was closed."};
  if (find(options.viewer)) return Fault{"This viewer is in the picture already."};
  auto opened = Viewer::open(options, on_event_);
  if (!opened) return opened.fault();
  const std::shared_ptr<Viewer> viewer = std::move(opened.value());
  if (auto joined = encodes_.join(viewer); !joined) return joined;
  // Somebody else may have been expected.
  forget_unused_formats();
  const std::lock_guard lock(viewers_mutex_);
  viewers_.push_back(viewer);
  return true;
}

bool Picture::remove_viewer(std::uint32_t viewer) {
  const std::lock_guard membership(membership_mutex_);
  endpoints_.forget(viewer);
  {
    std::shared_ptr<Viewer> gone;
    {
      const std::lock_guard lock(viewers_mutex_);
      const auto found = std::find_if(viewers_.begin(), viewers_.end(),
                                      [&](const auto& each) { return each->id() == viewer; });
      if (found == viewers_.end()) return false;
      gone = std::move(*found);
      viewers_.erase(found);
    }
    encodes_.leave(*gone);
    gone->close();
    forget_unused_formats();
  }
  return_free_memory();
  return true;
}

void Picture::set_endpoint(std::uint32_t viewer, Stream stream, const Endpoint& endpoint) {
  if (stream == Stream::kVideo) {
    endpoints_.set(viewer, endpoint);
    return;
  }
  const auto found = find(viewer);
  if (!found) return;
  auto opened = found->set_audio_endpoint(endpoint);
  if (opened) return;
  on_event_({.kind = PictureEvent::Kind::kNotice,
             .viewer = viewer,
             .part = "audio",
             .message = opened.fault().message + " The stream goes on without sound."});
}

Result<bool> Picture::open_video(std::uint32_t viewer, const Endpoint& endpoint) {
  const auto found = find(viewer);
  // It may just have left.
  if (!found) return true;
  auto opened = found->set_video_endpoint(endpoint);
  if (opened) capture_.hurry();
  return opened;
}

void Picture::request_keyframe(std::uint32_t viewer, Nanoseconds round_trip) {
  const auto found = find(viewer);
  if (!found || !found->request_keyframe(round_trip)) return;
  encodes_.reconsider();
  capture_.hurry();
}

void Picture::invalidate(std::uint32_t viewer, std::uint32_t first, std::uint32_t last) {
  const auto found = find(viewer);
  if (!found || !found->invalidate(first, last)) return;
  encodes_.reconsider();
  capture_.hurry();
}

void Picture::set_bitrate(std::uint32_t viewer, int kbps) {
  const auto found = find(viewer);
  if (!found) return;
  found->set_bitrate(kbps);
  encodes_.reconsider();
}

void Picture::set_fec_percentage(std::uint32_t viewer, int percentage) {
  if (const auto found = find(viewer)) found->set_fec_percentage(percentage);
}

void Picture::set_min_fec_packets(std::uint32_t viewer, int packets) {
  if (const auto found = find(viewer)) found->set_min_fec_packets(packets);
}

void Picture::use_batches(std::uint32_t viewer) {
  if (const auto found = find(viewer)) found->use_batches();
}

void Picture::follow_sink(std::uint32_t viewer, const std::string& sink) {
  if (const auto found = find(viewer)) found->follow_sink(sink);
}

std::vector<ViewerStatistics> Picture::take_statistics() {
  const auto served = encodes_.take_figures();
  const auto changed_area = capture_.take_changed_area();
  std::vector<ViewerStatistics> result;
  result.reserve(served.size());
  for (const auto& [viewer, encode] : served) {
    ViewerStatistics figures = viewer->take_statistics();
    static_cast<EncodeFigures&>(figures) = encode;
    figures.changed_area = changed_area;
    figures.capture_thread = capture_.thread_class();
    result.push_back(figures);
  }
  return result;
}

void Picture::forget_unused_formats() {
  pictures_.keep_only(encodes_.formats());
}

void Picture::close() {
  const std::lock_guard lock(close_mutex_);
  closed_ = true;
  endpoints_.close();
  capture_.stop();
  const std::lock_guard membership(membership_mutex_);
  encodes_.close();
  Viewers viewers;
  {
    const std::lock_guard guard(viewers_mutex_);
    viewers.swap(viewers_);
  }
  for (const auto& viewer : viewers) viewer->close();
  viewers.clear();
  forget_unused_formats();
  return_free_memory();
}

}  // namespace earthshine
