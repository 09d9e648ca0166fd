#pragma once

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "capture/test_pattern.h"
#include "pipeline/frame_start.h"
#include "pipeline/picture.h"
#include "support/loopback.h"

namespace earthshine::test {

constexpr Nanoseconds kMillisecond = 1'000'000;

/// A frame whose first packet has come.
struct Arrived {
  std::uint32_t frame;
  int type;
  Nanoseconds time;
  /// 1/10 ms; 0: repeated
  int latency;
};

/// A UDP socket on loopback that reads the starts of frames.
class Receiver {
 public:
  [[nodiscard]] Endpoint endpoint() const { return socket_.endpoint(); }
  [[nodiscard]] std::size_t packets() const { return packets_; }

  /// Frames that begin within this time, at most so many.
  std::vector<Arrived> frames(int milliseconds, std::size_t most = 100'000) {
    std::vector<Arrived> result;
    const Nanoseconds end = now() + milliseconds * kMillisecond;
    while (result.size() < most) {
      const auto left = static_cast<int>((end - now()) / kMillisecond);
      const auto packet = left > 0 ? socket_.receive(left) : std::nullopt;
      if (!packet) break;
      ++packets_;
      const auto start = frame_start(*packet);
      if (start) result.push_back({start->frame, start->type, now(), start->latency});
    }
    return result;
  }

 private:
  LoopbackClient socket_;
  std::size_t packets_ = 0;
};

/// Events from any thread.
class Events {
 public:
  OnPictureEvent sink() {
    return [this](PictureEvent event) {
      const std::lock_guard lock(mutex_);
      events_.push_back(std::move(event));
    };
  }
  std::vector<PictureEvent> of(PictureEvent::Kind kind) {
    const std::lock_guard lock(mutex_);
    std::vector<PictureEvent> result;
    for (const auto& event : events_) {
      if (event.kind == kind) result.push_back(event);
    }
    return result;
  }
  bool wait_for(PictureEvent::Kind kind, int milliseconds, std::size_t count = 1) {
    for (int i = 0; i < milliseconds; ++i) {
      if (of(kind).size() >= count) return true;
      usleep(1000);
    }
    return false;
  }

 private:
  std::mutex mutex_;
  std::vector<PictureEvent> events_;
};

inline ViewerOptions viewer_options(std::uint32_t viewer, const std::shared_ptr<CounterPage>& page,
                                    int bitrate_kbps = 4000) {
  ViewerOptions options;
  options.viewer = viewer;
  options.counters = page;
  options.slot = viewer;
  options.encoder.bitrate_kbps = bitrate_kbps;
  options.video.bitrate_kbps = bitrate_kbps;
  return options;
}

inline std::shared_ptr<CounterPage> counter_page() {
  auto created = CounterPage::create();
  REQUIRE(created.ok());
  auto page = CounterPage::map(created.value());
  ::close(created.value());
  REQUIRE(page.ok());
  for (std::size_t slot = 0; slot < kCounterSlots; ++slot) page.value()->reset(slot);
  return page.value();
}

inline std::unique_ptr<Picture> open_picture(std::unique_ptr<Source> source, Events& events,
                                             int width = 640, int height = 360,
                                             const SharingPatience& patience = {}) {
  auto picture = Picture::open(std::move(source), {width, height, 60, 1}, events.sink(), patience);
  REQUIRE(picture.ok());
  return std::move(picture.value());
}

inline std::unique_ptr<Source> pattern(int width = 640, int height = 360) {
  return std::make_unique<TestPatternSource>(width, height);
}

/// Adds a viewer whose client is at this endpoint: its video begins.
inline void join(Picture& picture, const ViewerOptions& options, const Endpoint& endpoint) {
  REQUIRE(picture.add_viewer(options).ok());
  picture.set_endpoint(options.viewer, Picture::Stream::kVideo, endpoint);
}

/// The test pattern, and two clients that may join it.
struct TwoReceivers {
  Events events;
  Receiver one, two;
  std::shared_ptr<CounterPage> page = counter_page();
  std::unique_ptr<Picture> picture = open_picture(pattern(), events);
};

inline int idrs(const std::vector<Arrived>& frames) {
  return static_cast<int>(std::count_if(frames.begin(), frames.end(),
                                        [](const auto& frame) { return frame.type == 2; }));
}

/// Frames up to the next IDR, however busy the machine is, and those of a moment after it.
inline std::vector<Arrived> until_idr(Receiver& receiver, int moment = 50) {
  std::vector<Arrived> all;
  const auto append = [&](const std::vector<Arrived>& more) {
    all.insert(all.end(), more.begin(), more.end());
  };
  for (int tries = 0; idrs(all) == 0; ++tries) {
    REQUIRE(tries < 100);
    append(receiver.frames(100, 1));
  }
  append(receiver.frames(moment));
  return all;
}

}  // namespace earthshine::test
