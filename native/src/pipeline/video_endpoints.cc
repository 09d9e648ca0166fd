#include "pipeline/video_endpoints.h"

#include <pthread.h>

#include <chrono>
#include <system_error>
#include <utility>

namespace earthshine {

VideoEndpoints::VideoEndpoints(Open open, OnPictureEvent on_event, const EndpointPatience& patience)
    : open_(std::move(open)), on_event_(std::move(on_event)), patience_(patience) {}

void VideoEndpoints::tell(PictureEvent::Kind kind, std::uint32_t viewer, std::string message,
                          bool recovered) const {
  on_event_({.kind = kind,
             .viewer = viewer,
             .part = "video",
             .message = std::move(message),
             .recovered = recovered});
}

void VideoEndpoints::set(std::uint32_t viewer, const Endpoint& endpoint) {
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  const bool waited =
      std::erase_if(waiting_, [&](const Waiting& each) { return each.viewer == viewer; }) > 0;
  auto opened = open_(viewer, endpoint);
  if (opened) {
    if (waited) tell(PictureEvent::Kind::kNotice, viewer, "Video is sent again.", true);
    return;
  }
  try {
    if (!thread_.joinable()) thread_ = std::thread([this] { try_again(); });
  } catch (const std::system_error&) {
    tell(PictureEvent::Kind::kFault, viewer, opened.fault().message);
    return;
  }
  waiting_.push_back({.viewer = viewer, .endpoint = endpoint, .tries = 1});
  tell(PictureEvent::Kind::kNotice, viewer, opened.fault().message + " It is tried again.");
  changed_.notify_all();
}

void VideoEndpoints::forget(std::uint32_t viewer) {
  const std::lock_guard lock(mutex_);
  std::erase_if(waiting_, [&](const Waiting& each) { return each.viewer == viewer; });
}

void VideoEndpoints::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void VideoEndpoints::try_again() {
  pthread_setname_np(pthread_self(), "endpoints");
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return closed_ || !waiting_.empty(); });
    changed_.wait_for(lock, std::chrono::nanoseconds(patience_.pause), [this] { return closed_; });
    if (closed_) return;
    look();
  }
}

void VideoEndpoints::look() {
  std::erase_if(waiting_, [this](Waiting& each) {
    auto opened = open_(each.viewer, each.endpoint);
    if (opened) {
      tell(PictureEvent::Kind::kNotice, each.viewer, "Video is sent again.", true);
      return true;
    }
    if (++each.tries < patience_.tries) return false;
    tell(PictureEvent::Kind::kFault, each.viewer, opened.fault().message);
    return true;
  });
}

}  // namespace earthshine
