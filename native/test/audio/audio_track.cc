#include "audio/audio_track.h"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <thread>

using namespace earthshine;
using namespace std::chrono_literals;

TEST_CASE("silence leaves on the 48 kHz clock") {
  for (const int duration : {5, 10}) {
    CAPTURE(duration);
    std::atomic<int> packets = 0;
    std::atomic<bool> equal = true;
    const auto started = std::chrono::steady_clock::now();
    auto track = AudioTrack::open(
        {.packet_duration = duration},
        [&](std::span<const std::uint8_t> opus) {
          if (opus.size() != static_cast<std::size_t>(12 * duration)) equal = false;
          ++packets;
        },
        [](const std::string&, bool) {});
    REQUIRE(track.ok());
    std::this_thread::sleep_for(1s);
    const auto elapsed = std::chrono::steady_clock::now() - started;
    const int counted = packets;
    track.value()->close();
    const double due = std::chrono::duration<double, std::milli>(elapsed).count() / duration;
    // Nothing is lost or early; a busy machine may hold the thread up for some packets.
    CHECK(counted <= due + 1);
    CHECK(counted >= due - 20);
    CHECK(equal);
    const int closed = packets;
    std::this_thread::sleep_for(30ms);
    CHECK(packets == closed);
    track.value()->close();
  }
}

TEST_CASE("a track that held up its own packets catches up") {
  std::atomic<int> packets = 0;
  const auto started = std::chrono::steady_clock::now();
  auto track = AudioTrack::open(
      {},
      [&](std::span<const std::uint8_t>) {
        if (++packets == 20) std::this_thread::sleep_for(120ms);
      },
      [](const std::string&, bool) {});
  REQUIRE(track.ok());
  std::this_thread::sleep_for(700ms);
  const auto elapsed = std::chrono::steady_clock::now() - started;
  const int counted = packets;
  CHECK(counted >= std::chrono::duration<double, std::milli>(elapsed).count() / 5 - 20);
}

TEST_CASE("a track is closed at once and refuses a bad layout") {
  for (int turn = 0; turn < 20; ++turn) {
    auto track = AudioTrack::open(
        {}, [](std::span<const std::uint8_t>) {}, [](const std::string&, bool) {});
    REQUIRE(track.ok());
    track.value()->close();
  }
  CHECK_FALSE(
      AudioTrack::open(
          {.channels = 3}, [](std::span<const std::uint8_t>) {}, [](const std::string&, bool) {})
          .ok());
}
