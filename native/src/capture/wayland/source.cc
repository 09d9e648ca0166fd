#include "capture/wayland/source.h"

#include <algorithm>
#include <utility>

namespace earthshine {
namespace {

/// A compositor that changes a mode refuses some captures.
constexpr int kMostFailures = 20;
constexpr Nanoseconds kPauseAfterFailure = 20'000'000;

}  // namespace

Result<std::unique_ptr<Source>> WaylandSource::open(const WaylandSourceOptions& options) {
  auto connection = WaylandConnection::open(options.display);
  if (!connection) return connection.fault();
  std::unique_ptr<WaylandSource> source(new WaylandSource(options, std::move(connection.value())));
  if (auto begun = source->begin(); !begun) return begun.fault();
  return std::unique_ptr<Source>(std::move(source));
}

/// What is shown goes with the memory; the capture before the connection.
WaylandSource::~WaylandSource() {
  capture_.reset();
  for (auto& buffer : buffers_) buffer.reset();
}

Result<bool> WaylandSource::begin() {
  const auto* output = connection_->output(options_.output);
  if (output == nullptr) {
    return Fault{"The compositor " + options_.display + " has no output \"" + options_.output +
                 "\", only:" + connection_->output_names() + "."};
  }
  WaylandCapture::Events events{
      .buffer = [this](const ShmFormat& format) { return buffer(format); },
      .ready = [this](const CapturedPicture& picture) { ready(picture); },
      .failed =
          [this] {
            filling_ = kNone;
            ++failures_;
            again_ = true;
            again_at_ = now() + kPauseAfterFailure;
          },
      .stopped = [this] { stopped_ = true; }};
  if (connection_->copy_manager() != nullptr && connection_->source_manager() != nullptr) {
    capture_ = image_copy_capture(*connection_, output->proxy, options_.cursor, std::move(events));
  } else if (connection_->screencopy() != nullptr) {
    capture_ = screencopy_capture(*connection_, output->proxy, options_.cursor, std::move(events));
  } else {
    return Fault{"The compositor " + options_.display +
                 " lets no client capture its outputs (ext-image-copy-capture, wlr-screencopy)."};
  }
  mode_width_ = output->width;
  mode_height_ = output->height;
  ask();
  const Nanoseconds end = now() + kCompositorPatience;
  while (newest_ == kNone) {
    const Nanoseconds left = end - now();
    if (left <= 0) return Fault{"The compositor " + options_.display + " sends no picture."};
    if (auto taken = take_events(std::min(left, kPauseAfterFailure)); !taken) return taken;
  }
  return true;
}

ShmPicture* WaylandSource::buffer(const ShmFormat& format) {
  for (std::size_t i = 0; i < buffers_.size(); ++i) {
    if (i == shown_ || i == newest_) continue;
    if (!buffers_[i] || !(buffers_[i]->format() == format)) {
      buffers_[i].reset();
      auto created = ShmPicture::create(connection_->shm(), format);
      if (!created) {
        fault_ = created.fault().message;
        return nullptr;
      }
      buffers_[i] = std::move(created.value());
    }
    filling_ = i;
    return buffers_[i].get();
  }
  return nullptr;
}

void WaylandSource::ready(const CapturedPicture& picture) {
  failures_ = 0;
  for (std::size_t i = 0; i < buffers_.size(); ++i) {
    if (buffers_[i] && i != filling_) buffers_[i]->stale.add(picture.damage);
  }
  ShmPicture& filled = *buffers_[filling_];
  filled.stale.clear();
  newest_ = std::exchange(filling_, kNone);
  newest_view_ = filled.view(picture.inverted);
  damage_.add(picture.damage);

  const Nanoseconds time = picture.time == 0 ? now() : picture.time;
  if (made_ != 0 && time > made_) change_.period = time - made_;
  made_ = time;
  change_.picture = true;
  change_.latest = time;
  ask();
}

void WaylandSource::ask() {
  again_ = false;
  capture_->capture();
}

Result<bool> WaylandSource::take_events(Nanoseconds patience) {
  if (auto dispatched = connection_->dispatch(patience); !dispatched) return dispatched;
  if (!fault_.empty()) return Fault{fault_};
  const auto* output = connection_->output(options_.output);
  if (stopped_ || output == nullptr) {
    return Fault{"The compositor's output " + options_.output + " is gone."};
  }
  if (failures_ > kMostFailures) {
    return Fault{"The compositor " + options_.display + " refuses to have its output captured."};
  }
  if (output->width != mode_width_ || output->height != mode_height_) {
    // wlroots forgets a capture that waits while the mode changes.
    mode_width_ = output->width;
    mode_height_ = output->height;
    capture_->cancel();
    filling_ = kNone;
    again_ = true;
    again_at_ = 0;
  }
  if (again_ && now() >= again_at_) {
    ask();
    return connection_->dispatch(0);
  }
  return true;
}

Result<SourceChange> WaylandSource::poll() {
  if (auto taken = take_events(0); !taken) return taken.fault();
  const Nanoseconds period = change_.period;
  SourceChange change = std::exchange(change_, {});
  change_.period = period;
  return change;
}

Result<Grab> WaylandSource::grab() {
  if (newest_ != kNone) {
    if (newest_view_.width != shown_view_.width || newest_view_.height != shown_view_.height) {
      damage_.add_everything();
      change_.area = SourceArea{
          0, 0, newest_view_.width, newest_view_.height, newest_view_.width, newest_view_.height};
    }
    shown_ = std::exchange(newest_, kNone);
    shown_view_ = newest_view_;
  }
  return Grab{shown_view_, std::exchange(damage_, {})};
}

}  // namespace earthshine
