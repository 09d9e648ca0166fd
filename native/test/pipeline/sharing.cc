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

#include "capture/test_pattern.h"
#include "pipeline/heap_limits.h"
#include "pipeline/picture.h"
#include "pipeline/wire_client.h"
#include "support/allocation_counter.h"

using namespace earthshine;
using earthshine::test::WireClient;

namespace {

constexpr Nanoseconds kMillisecond = 1'000'000;
constexpr int kWidth = 320, kHeight = 192;

std::shared_ptr<CounterPage> counter_page() {
  auto created = CounterPage::create();
  REQUIRE(created.ok());
  auto page = CounterPage::map(created.value());
  ::close(created.value());
  REQUIRE(page.ok());
  for (std::size_t slot = 0; slot < kCounterSlots; ++slot) page.value()->reset(slot);
  return page.value();
}

ViewerOptions viewer_options(std::uint32_t viewer, const std::shared_ptr<CounterPage>& page) {
  ViewerOptions options;
  options.viewer = viewer;
  options.counters = page;
  options.slot = viewer;
  options.encoder.bitrate_kbps = 1000;
  options.video.bitrate_kbps = 1000;
  return options;
}

struct Faults {
  OnPictureEvent sink() {
    return [this](const PictureEvent& event) {
      if (event.kind == PictureEvent::Kind::kFault) ++count;
    };
  }
  std::atomic<int> count = 0;
};

std::unique_ptr<Picture> open_picture(Faults& faults, const SharingPatience& patience) {
  auto picture = Picture::open(std::make_unique<TestPatternSource>(kWidth, kHeight),
                               {kWidth, kHeight, 60, 1}, faults.sink(), patience);
  REQUIRE(picture.ok());
  return std::move(picture.value());
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

/// A session among several: it joins, watches for a while, and leaves.
struct Session {
  std::mutex mutex;
  std::unique_ptr<WireClient> client;
};

}  // namespace

TEST_CASE("a viewer that parted comes back to the others, from an IDR to an IDR without a gap") {
  Faults faults;
  const auto page = counter_page();
  const auto picture =
      open_picture(faults, {.differing = 30 * kMillisecond, .calm = 300 * kMillisecond});
  WireClient one, two;
  REQUIRE(picture->add_viewer(viewer_options(1, page)).ok());
  REQUIRE(picture->add_viewer(viewer_options(2, page)).ok());
  picture->set_endpoint(1, Picture::Plane::kVideo, one.endpoint());
  picture->set_endpoint(2, Picture::Plane::kVideo, two.endpoint());
  REQUIRE(wait_for(10'000, [&] { return one.frames() > 10 && two.frames() > 10; }));
  const auto shared_by = [&](std::size_t viewers) {
    return wait_for(10'000, [&] {
      const auto figures = picture->take_statistics();
      return figures.size() == 2 && std::all_of(figures.begin(), figures.end(), [&](auto& each) {
               return each.encode_viewers == viewers;
             });
    });
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
  picture->close();
  CHECK(one.fault() == "");
  CHECK(two.fault() == "");
  CHECK(faults.count == 0);
}

TEST_CASE("a viewer that stops asking for keyframes shares again, though nothing else happens") {
  Faults faults;
  const auto page = counter_page();
  const auto picture =
      open_picture(faults, {.differing = 30 * kMillisecond, .calm = 100 * kMillisecond});
  WireClient one, two;
  REQUIRE(picture->add_viewer(viewer_options(1, page)).ok());
  REQUIRE(picture->add_viewer(viewer_options(2, page)).ok());
  picture->set_endpoint(1, Picture::Plane::kVideo, one.endpoint());
  picture->set_endpoint(2, Picture::Plane::kVideo, two.endpoint());
  REQUIRE(wait_for(10'000, [&] { return one.frames() > 10 && two.frames() > 10; }));
  const auto shared_by = [&](std::size_t viewers) {
    const auto figures = picture->take_statistics();
    return figures.size() == 2 && figures[1].encode_viewers == viewers;
  };
  CHECK(shared_by(2));
  for (int asked = 0; asked < 50 && !shared_by(1); ++asked) {
    const int keyframes = two.keyframes();
    picture->request_keyframe(2, 0);
    wait_for(10'000, [&] { return two.keyframes() > keyframes; });
  }
  REQUIRE(shared_by(1));
  CHECK(wait_for(30'000, [&] { return shared_by(2); }));
  picture->close();
  CHECK(one.fault() == "");
  CHECK(two.fault() == "");
  CHECK(faults.count == 0);
}

TEST_CASE("a loss of one viewer does not change the type of the other's frames") {
  Faults faults;
  const auto page = counter_page();
  const auto picture = open_picture(faults, {});
  WireClient one, two;
  REQUIRE(picture->add_viewer(viewer_options(1, page)).ok());
  REQUIRE(picture->add_viewer(viewer_options(2, page)).ok());
  picture->set_endpoint(1, Picture::Plane::kVideo, one.endpoint());
  picture->set_endpoint(2, Picture::Plane::kVideo, two.endpoint());
  REQUIRE(wait_for(10'000, [&] { return one.frames() > 10 && two.frames() > 10; }));
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
  picture->close();
  CHECK(one.fault() == "");
  CHECK(two.fault() == "");
}

TEST_CASE(
    "viewers join, leave, tune, lose and ask from several threads, and every stream is whole") {
  constexpr std::uint32_t kThreads = 3, kSessions = 6;
  const char* wanted = std::getenv("EARTHSHINE_STRESS_SECONDS");
  const int seconds = wanted ? std::atoi(wanted) : 3;
  Faults faults;
  const auto page = counter_page();
  const auto picture =
      open_picture(faults, {.differing = 20 * kMillisecond, .calm = 60 * kMillisecond});
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
          ViewerOptions options = viewer_options(at, page);
          options.encoder.max_reference_frames = chance(4) ? 1 : 0;
          options.encoder.format.chroma = chance(8) ? Chroma::k444 : Chroma::k420;
          if (picture->add_viewer(options).ok()) {
            ++joined;
            picture->set_endpoint(at, Picture::Plane::kVideo, client->endpoint());
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
  CHECK(faults.count == 0);
  MESSAGE(joined.load() << " sessions, " << whole_streams.load() << " whole streams");
}

TEST_CASE("a frame for two viewers allocates nothing") {
  if (!test::counts_allocations()) return;
  Faults faults;
  const auto page = counter_page();
  const auto picture = open_picture(faults, {});
  WireClient one, two;
  REQUIRE(picture->add_viewer(viewer_options(1, page)).ok());
  REQUIRE(picture->add_viewer(viewer_options(2, page)).ok());
  picture->set_endpoint(1, Picture::Plane::kVideo, one.endpoint());
  picture->set_endpoint(2, Picture::Plane::kVideo, two.endpoint());
  REQUIRE(wait_for(10'000, [&] { return one.frames() > 60 && two.frames() > 60; }));
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
  Faults faults;
  const auto page = counter_page();
  const auto picture = open_picture(faults, {});
  const int cycles = test::counts_allocations() ? 200 : 20;
  WireClient client;
  std::size_t early = 0;
  for (int i = 0; i < cycles; ++i) {
    page->reset(1);
    REQUIRE(picture->add_viewer(viewer_options(1, page)).ok());
    picture->set_endpoint(1, Picture::Plane::kVideo, client.endpoint());
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
