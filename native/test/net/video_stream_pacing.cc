#include <dirent.h>
#include <doctest/doctest.h>

#include <fstream>
#include <thread>

#include "net/video_stream.h"
#include "packet/frame_plan.h"
#include "support/loopback.h"
#include "support/vectors.h"

using namespace earthshine;
using test::LoopbackClient;

namespace {

/// How often the send threads of this process have gone to sleep so far.
long voluntary_switches() {
  long switches = 0;
  DIR* tasks = opendir("/proc/self/task");
  while (const dirent* task = readdir(tasks)) {
    const std::string folder = std::string("/proc/self/task/") + task->d_name;
    std::string name;
    std::ifstream(folder + "/comm") >> name;
    if (name != "video-send") continue;
    std::ifstream status(folder + "/status");
    for (std::string field; status >> field;) {
      long value = 0;
      if (field == "voluntary_ctxt_switches:" && status >> value) switches += value;
    }
  }
  closedir(tasks);
  return switches;
}

}  // namespace

TEST_CASE("video stream: a large frame is spread, in at most four bursts and without spinning") {
  LoopbackClient client;
  CounterSlot counters{};
  counters.video_frame = 1;
  const Nanoseconds interval = 16'666'667;
  VideoStream stream({.frame_interval = interval, .bitrate_kbps = 20'000}, counters);
  REQUIRE(stream.set_endpoint(client.endpoint()).ok());
  const auto picture = vectors::generated(1, 500'000);
  const std::size_t packets = plan_frame(picture.size(), {})->shards;
  constexpr int kFrames = 10;
  const long before = voluntary_switches();
  for (int i = 0; i < kFrames; ++i) {
    REQUIRE(stream.submit({picture, FrameType::kPredicted, now(), false}));
    for (std::size_t p = 0; p < packets; ++p) REQUIRE(client.receive());
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  // Three sleeps between four bursts, one for the next frame, and room for a lock or two.
  CHECK(voluntary_switches() - before <= kFrames * 6);
  stream.close();  // the last frame is counted after its last packet
  const auto statistics = stream.take_statistics();
  REQUIRE(statistics.spread);
  // The fourth burst begins after three of four parts of three quarters of the interval: 9.4 ms.
  CHECK(statistics.spread->p50 > 9'375 * 0.91);
  // It is no later than the interval unless the machine is very busy.
  CHECK(statistics.spread->p50 < 3 * 16'667);
}

TEST_CASE("video stream: a small frame leaves in one burst, at once") {
  LoopbackClient client;
  CounterSlot counters{};
  counters.video_frame = 1;
  VideoStream stream({.bitrate_kbps = 1'000}, counters);
  REQUIRE(stream.set_endpoint(client.endpoint()).ok());
  const auto picture = vectors::generated(1, 13 * 1376 - 8);
  for (int i = 0; i < 20; ++i) {
    REQUIRE(stream.submit({picture, FrameType::kPredicted, now(), false}));
    for (int p = 0; p < 16; ++p) REQUIRE(client.receive());
  }
  stream.close();  // the last frame is counted after its last packet
  const auto statistics = stream.take_statistics();
  REQUIRE(statistics.spread);
  CHECK(statistics.packets == 20 * 16);
  CHECK(statistics.spread->p50 < 5'000);
}
