#pragma once

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "capture/test_pattern.h"
#include "pipeline/picture.h"

namespace earthshine::test {

constexpr Nanoseconds kMillisecond = 1'000'000;

/// The first packet of a frame as the client sees it (protocol 4 §2, §3).
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
  Receiver() : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    // Frames that arrive while a test looks elsewhere must not be lost here.
    const int bytes = 4 << 20;
    setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    socklen_t length = sizeof address;
    getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &length);
    endpoint_ = {"127.0.0.1", ntohs(address.sin_port), "127.0.0.1", 0};
  }
  ~Receiver() { ::close(socket_); }
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }
  [[nodiscard]] std::size_t packets() const { return packets_; }

  /// Frames that begin within this time, at most so many.
  std::vector<Arrived> frames(int milliseconds, std::size_t most = 100'000) {
    std::vector<Arrived> result;
    const Nanoseconds end = now() + milliseconds * kMillisecond;
    std::vector<std::uint8_t> packet(2048);
    while (result.size() < most) {
      pollfd watched{socket_, POLLIN, 0};
      const auto left = static_cast<int>((end - now()) / kMillisecond);
      if (left <= 0 || ::poll(&watched, 1, left) <= 0) break;
      const ssize_t size = recv(socket_, packet.data(), packet.size(), 0);
      if (size < 40) continue;
      ++packets_;
      const bool start = (packet[24] & 0x04) != 0 && (packet[27] & 0x30) == 0;
      const std::uint32_t shard = (packet[29] | packet[30] << 8) >> 4 & 0x3FF;
      if (!start || shard != 0) continue;
      const std::uint32_t frame = packet[20] | packet[21] << 8 | packet[22] << 16;
      result.push_back({frame, packet[35], now(), packet[33] | packet[34] << 8});
    }
    return result;
  }

 private:
  int socket_;
  Endpoint endpoint_;
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

inline ViewerOptions viewer_options(std::uint32_t viewer,
                                    const std::shared_ptr<CounterPage>& page) {
  ViewerOptions options;
  options.viewer = viewer;
  options.counters = page;
  options.slot = viewer;
  options.encoder.bitrate_kbps = 4000;
  options.video.bitrate_kbps = 4000;
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
                                             int width = 640, int height = 360) {
  auto picture = Picture::open(std::move(source), {width, height, 60, 1}, events.sink());
  REQUIRE(picture.ok());
  return std::move(picture.value());
}

inline std::unique_ptr<Source> pattern() {
  return std::make_unique<TestPatternSource>(640, 360);
}

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
