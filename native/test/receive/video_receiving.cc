#include "receive/video_receiving.h"

#include <doctest/doctest.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "net/video_stream.h"
#include "support/loopback.h"
#include "support/vectors.h"

using namespace earthshine;
using test::LoopbackClient;
using vectors::Bytes;

namespace {

/// Fetches whenever something is there.
class Fetcher {
 public:
  VideoReceiving::OnReady on_ready() {
    return [this] {
      const std::scoped_lock lock(mutex_);
      ready_ = true;
      wake_.notify_one();
    };
  }
  /// Until `count` frames came, or nothing did for five seconds.
  std::vector<QueuedFrame> frames(VideoReceiving& receiving, std::size_t count) {
    std::vector<QueuedFrame> frames;
    while (frames.size() < count) {
      {
        std::unique_lock lock(mutex_);
        if (!wake_.wait_for(lock, std::chrono::seconds(5), [this] { return ready_; })) break;
        ready_ = false;
      }
      for (auto& event : receiving.take()) {
        if (auto* frame = std::get_if<QueuedFrame>(&event)) {
          frames.push_back(std::move(*frame));
        } else {
          ++others;
        }
      }
    }
    return frames;
  }
  std::size_t others = 0;

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  bool ready_ = false;
};

}  // namespace

TEST_CASE("video receiving: what a host's stream sends over UDP comes back, sealed and plain") {
  for (const bool sealed : {false, true}) {
    CAPTURE(sealed);
    const auto key =
        sealed ? std::optional(vectors::key("000102030405060708090a0b0c0d0e0f")) : std::nullopt;
    // A port that nobody has: the host begins to listen only after the first ping.
    const std::uint16_t port = LoopbackClient().port();
    Fetcher fetcher;
    auto opened = VideoReceiving::open(
        {.address = "127.0.0.1", .port = port, .video = {.packet_size = 1360, .key = key}},
        fetcher.on_ready());
    REQUIRE(opened.ok());
    VideoReceiving& receiving = *opened.value();
    CHECK(receiving.receive_buffer() > 0);

    CounterSlot counters{};
    counters.video_frame = 1;
    VideoStream stream({.packet_size = 1360, .key = key, .pacing = PacingMode::kOff}, counters);
    REQUIRE(stream.set_endpoint({"127.0.0.1", receiving.local_port(), "127.0.0.1", port}).ok());
    // All of them fit the receive buffer that a system grants by default.
    constexpr std::uint32_t kFrames = 40;
    for (std::uint32_t index = 1; index <= kFrames; ++index) {
      const Bytes picture = vectors::generated(index, 40 * index);
      // The queue is short; on a busy machine the send thread comes late.
      while (!stream.submit(
          {picture, index == 1 ? FrameType::kIdr : FrameType::kPredicted, now(), false})) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
    }
    const auto frames = fetcher.frames(receiving, kFrames);
    REQUIRE(frames.size() == kFrames);
    for (const auto& frame : frames) {
      CHECK(frame.bytes == vectors::generated(frame.about.index, 40 * frame.about.index));
      CHECK(frame.about.completed <= now());
    }
    CHECK(fetcher.others == 0);
    stream.close();
    receiving.close();
    receiving.close();
    const auto statistics = receiving.statistics();
    CHECK(statistics.video.frames == kFrames);
    CHECK(statistics.video.missing_packets == 0);
    CHECK(statistics.video.violations == 0);
    CHECK(statistics.video.assembly.parity_first == 0);
    CHECK(statistics.socket.datagrams == statistics.video.packets);
    CHECK(statistics.frames_unfetched == 0);
  }
}

TEST_CASE("video receiving: an address that is none is refused") {
  CHECK_FALSE(VideoReceiving::open({.address = "nowhere", .port = 1}, [] {}).ok());
}
