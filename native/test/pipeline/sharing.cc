#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "pipeline/heap_limits.h"
#include "pipeline/picture.h"
#include "pipeline/picture_fixture.h"
#include "pipeline/wire_client.h"
#include "support/allocation_counter.h"

using namespace earthshine;
using namespace earthshine::test;

namespace {

constexpr int kWidth = 320, kHeight = 192, kBitrateKbps = 1000;

ViewerOptions small_viewer(std::uint32_t viewer, const std::shared_ptr<CounterPage>& page) {
  return viewer_options(viewer, page, kBitrateKbps);
}

std::unique_ptr<Picture> small_picture(Events& events, const SharingPatience& patience = {}) {
  return open_picture(pattern(kWidth, kHeight), events, kWidth, kHeight, patience);
}

bool wait_for(int milliseconds, const std::function<bool()>& condition) {
  for (int i = 0; i < milliseconds; i += 5) {
    if (condition()) return true;
    usleep(5000);
  }
  return condition();
}

std::size_t resident_kilobytes() {
  std::ifstream status("/proc/self/statm");
  std::size_t size = 0, resident = 0;
  status >> size >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE)) / 1024;
}

/// Two clients that watch a picture with the same wishes.
struct TwoClients {
  /// Returns when both have seen more than so many frames.
  explicit TwoClients(const SharingPatience& patience = {}, int frames = 10)
      : picture(small_picture(events, patience)) {
    join(*picture, small_viewer(1, page), one.endpoint());
    join(*picture, small_viewer(2, page), two.endpoint());
    REQUIRE(wait_for(10'000, [&] { return one.frames() > frames && two.frames() > frames; }));
  }
  /// Each one's encode serves so many.
  [[nodiscard]] bool shared_by(std::size_t viewers) const {
    const auto figures = picture->take_statistics();
    return figures.size() == 2 && std::all_of(figures.begin(), figures.end(), [&](auto& each) {
             return each.encode_viewers == viewers;
           });
  }
  /// Ends the picture; both streams were as they must be.
  void check_whole() {
    picture->close();
    CHECK(one.fault() == "");
    CHECK(two.fault() == "");
    CHECK(events.of(PictureEvent::Kind::kFault).empty());
  }

  Events events;
  std::shared_ptr<CounterPage> page = counter_page();
  std::unique_ptr<Picture> picture;
  WireClient one, two;
};

/// A session among several: it joins, watches for a while, and leaves.
struct Session {
  std::mutex mutex;
  std::unique_ptr<WireClient> client;
};

}  // namespace

TEST_CASE("a viewer that parted comes back to the others, from an IDR to an IDR without a gap") {
  TwoClients clients({.differing = 30 * kMillisecond, .calm = 300 * kMillisecond});
  auto& [events, page, picture, one, two] = clients;
  const auto shared_by = [&](std::size_t viewers) {
    return wait_for(10'000, [&] { return clients.shared_by(viewers); });
  };
  CHECK(shared_by(2));
  picture->set_bitrate(2, 800);
  CHECK(shared_by(1));
  const int before = two.frames();
  CHECK(wait_for(10'000, [&] { return two.frames() > before + 10; }));
  const int keyframes = two.keyframes();
  picture->set_bitrate(2, 1000);
  CHECK(shared_by(2));
  CHECK(wait_for(10'000, [&] { return two.keyframes() > keyframes; }));
  clients.check_whole();
}

TEST_CASE("a viewer that stops asking for keyframes shares again, though nothing else happens") {
  TwoClients clients({.differing = 30 * kMillisecond, .calm = 100 * kMillisecond});
  auto& [events, page, picture, one, two] = clients;
  CHECK(clients.shared_by(2));
  for (int asked = 0; asked < 50 && !clients.shared_by(1); ++asked) {
    const int keyframes = two.keyframes();
    picture->request_keyframe(2, 0);
    wait_for(10'000, [&] { return two.keyframes() > keyframes; });
  }
  REQUIRE(clients.shared_by(1));
  CHECK(wait_for(30'000, [&] { return clients.shared_by(2); }));
  clients.check_whole();
}

TEST_CASE("a loss of one viewer does not change the type of the other's frames") {
  TwoClients clients;
  auto& [events, page, picture, one, two] = clients;
  const int keyframes = two.keyframes();
  for (int i = 1; i <= 5; ++i) {
    const std::uint32_t lost = two.last_frame();
    picture->invalidate(2, lost, lost);
    CHECK(wait_for(5000,
                   [&] { return two.after_invalidation() + two.keyframes() - keyframes >= i; }));
    usleep(100'000);
  }
  // Frames of a busy machine may be older than any reference: then it is an IDR, for both.
  CHECK(two.after_invalidation() >= 1);
  CHECK(one.after_invalidation() == 0);
  clients.check_whole();
}

TEST_CASE(
    "viewers join, leave, tune, lose and ask from several threads, and every stream is whole") {
  constexpr std::uint32_t kThreads = 3, kSessions = 6;
  const char* wanted = std::getenv("EARTHSHINE_STRESS_SECONDS");
  const int seconds = wanted ? std::atoi(wanted) : 3;
  Events events;
  const auto page = counter_page();
  const auto picture =
      small_picture(events, {.differing = 20 * kMillisecond, .calm = 60 * kMillisecond});
  std::array<Session, kSessions> sessions;
  std::mutex faults_mutex;
  std::vector<std::string> wrong;
  std::atomic<int> joined = 0, whole_streams = 0;
  const Nanoseconds end = now() + seconds * 1000 * kMillisecond;

  const auto work = [&](std::uint32_t me) {
    std::mt19937 random(me + 1);
    const auto chance = [&](unsigned one_in) { return random() % one_in == 0; };
    while (now() < end) {
      const auto at = static_cast<std::uint32_t>(random() % kSessions);
      if (at % kThreads == me) {
        // This thread's own: only it lets the session come and go.
        Session& session = sessions[at];
        if (!session.client) {
          page->reset(at);
          auto client = std::make_unique<WireClient>();
          ViewerOptions options = small_viewer(at, page);
          options.encoder.max_reference_frames = chance(4) ? 1 : 0;
          options.encoder.format.chroma = chance(8) ? Chroma::k444 : Chroma::k420;
          if (picture->add_viewer(options).ok()) {
            ++joined;
            picture->set_endpoint(at, Picture::Stream::kVideo, client->endpoint());
            const std::lock_guard lock(session.mutex);
            session.client = std::move(client);
          }
        } else if (chance(6)) {
          std::unique_ptr<WireClient> client;
          {
            const std::lock_guard lock(session.mutex);
            client = std::move(session.client);
          }
          picture->remove_viewer(at);
          usleep(30'000);
          client->close();
          const std::lock_guard lock(faults_mutex);
          if (!client->fault().empty()) wrong.push_back(client->fault());
          whole_streams += client->frames() > 0 && client->fault().empty() ? 1 : 0;
        }
      }
      switch (random() % 6) {
        case 0:
          picture->request_keyframe(at, chance(2) ? 0 : 20 * kMillisecond);
          break;
        case 1: {
          std::uint32_t last = 0;
          {
            const std::lock_guard lock(sessions[at].mutex);
            if (sessions[at].client) last = sessions[at].client->last_frame();
          }
          const auto length = static_cast<std::uint32_t>(random() % 6);
          picture->invalidate(at, last > length ? last - length : last, last);
          break;
        }
        case 2:
          picture->set_bitrate(at, chance(2) ? 1000 : 800);
          break;
        case 3:
          picture->set_fec_percentage(at, static_cast<int>(random() % 50));
          break;
        case 4:
          if (chance(10)) picture->use_batches(at);
          break;
        default:
          picture->take_statistics();
      }
      usleep(static_cast<useconds_t>(random() % 20'000));
    }
  };
  std::vector<std::thread> threads;
  for (std::uint32_t i = 0; i < kThreads; ++i) threads.emplace_back(work, i);
  for (auto& thread : threads) thread.join();
  picture->close();
  usleep(50'000);
  for (Session& session : sessions) {
    if (!session.client) continue;
    session.client->close();
    if (!session.client->fault().empty()) wrong.push_back(session.client->fault());
    whole_streams += session.client->frames() > 0 && session.client->fault().empty() ? 1 : 0;
  }
  for (const std::string& what : wrong) MESSAGE(what);
  CHECK(wrong.empty());
  CHECK(joined > 3);
  CHECK(whole_streams > 0);
  CHECK(events.of(PictureEvent::Kind::kFault).empty());
  MESSAGE(joined.load() << " sessions, " << whole_streams.load() << " whole streams");
}

TEST_CASE("a frame for two viewers allocates nothing") {
  if (!test::counts_allocations()) return;
  TwoClients clients({}, 60);
  auto& [events, page, picture, one, two] = clients;
  one.close();
  two.close();
  usleep(100'000);
  picture->take_statistics();
  const std::uint64_t before = test::allocations();
  usleep(500'000);
  const std::uint64_t after = test::allocations();
  const auto figures = picture->take_statistics();
  CHECK(figures[0].frames_new > 10);
  CHECK(after - before == 0);
}

TEST_CASE("memory is given back when viewers leave") {
  limit_heap();
  Events events;
  const auto page = counter_page();
  const auto picture = small_picture(events);
  const int cycles = test::counts_allocations() ? 200 : 20;
  WireClient client;
  std::size_t early = 0;
  for (int i = 0; i < cycles; ++i) {
    page->reset(1);
    join(*picture, small_viewer(1, page), client.endpoint());
    if (i % 10 == 0) {
      const int frames = client.frames();
      CHECK(wait_for(10'000, [&] { return client.frames() > frames; }));
    }
    REQUIRE(picture->remove_viewer(1));
    if (i == cycles / 10) early = resident_kilobytes();
  }
  const std::size_t late = resident_kilobytes();
  MESSAGE(early << " KB resident after " << cycles / 10 << " viewers, " << late << " KB after "
                << cycles);
  // With a sanitizer the heap keeps what was freed for a while.
  if (test::counts_allocations()) CHECK(late < early + 8 * 1024);
}
