#pragma once

#include <doctest/doctest.h>
#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "capture/pipewire/screen_producer.h"
#include "capture/pipewire/source.h"
#include "support/grabbed_view.h"
#include "support/sound_session.h"

// A real PipeWire server with its session manager, and sources of a producer of our own that
// behaves as the compositors do.

namespace earthshine::test {

inline constexpr Nanoseconds kMillisecond = 1'000'000;

/// A PipeWire server of the test's own.
struct Session {
  SoundSession session;
  Session() { REQUIRE(session.start()); }
};

inline PipewireSourceOptions options_for(const ScreenProducer& producer) {
  return {.node = PipewireNodeSerial{producer.serial()}};
}

/// Sends a picture again and again while the object lives: one that is sent before a reader is
/// quite connected is lost.
class FirstPicture {
 public:
  explicit FirstPicture(ScreenProducer& producer, SentPicture sent = {})
      : thread_([this, &producer, sent = std::move(sent)] {
          while (!done_) {
            if (producer.wait_for_reader(50)) producer.send(sent, 50);
            usleep(100'000);
          }
        }) {}
  ~FirstPicture() {
    done_ = true;
    thread_.join();
  }
  FirstPicture(const FirstPicture&) = delete;
  FirstPicture& operator=(const FirstPicture&) = delete;

 private:
  std::atomic<bool> done_ = false;
  std::thread thread_;
};

/// Opens the source while the producer sends its first picture, with `sent` beside it.
inline std::unique_ptr<Source> open(ScreenProducer& producer, const PipewireSourceOptions& options,
                                    const SentPicture& sent = {}) {
  const FirstPicture first(producer, sent);
  std::string name;
  auto source = PipewireSource::open(options, -1, name);
  REQUIRE_MESSAGE(source.ok(), (source.ok() ? "" : source.fault().message));
  return std::move(source.value());
}

inline std::unique_ptr<Source> open(ScreenProducer& producer) {
  return open(producer, options_for(producer));
}

/// Waits like the capture thread, on the descriptor.
inline SourceChange wait_for_change(Source& source, int milliseconds = 10'000) {
  const Nanoseconds end = now() + milliseconds * kMillisecond;
  for (;;) {
    auto change = source.poll();
    REQUIRE_MESSAGE(change.ok(), (change.ok() ? "" : change.fault().message));
    const Nanoseconds left = end - now();
    if (change.value().picture || left <= 0) return change.value();
    pollfd watched{source.descriptor(), POLLIN, 0};
    ::poll(&watched, 1, static_cast<int>(left / kMillisecond) + 1);
  }
}

/// Takes in what has come so far.
inline Shown settle(Source& source) {
  Shown last = grab(source);
  while (true) {
    if (!wait_for_change(source, 30).picture) return last;
    last = grab(source);
  }
}

inline bool covers(const Damage& damage, const Rectangle& area) {
  if (damage.is_everything()) return true;
  for (const Rectangle& each : damage.rectangles()) {
    if (each.contains(area)) return true;
  }
  return false;
}

}  // namespace earthshine::test
