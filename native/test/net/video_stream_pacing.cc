#include <dirent.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "net/video_stream.h"
#include "packet/frame_plan.h"
#include "support/loopback.h"
#include "support/recording_transport.h"
#include "support/vectors.h"

using namespace earthshine;
using test::LoopbackClient;

namespace {

/// What the send threads of this process have done so far.
struct Work {
  /// times they went to sleep
  long switches = 0;
  /// nanoseconds on a processor
  long long ran = 0;
};

Work work_of_send_threads() {
  Work work;
  DIR* tasks = opendir("/proc/self/task");
  while (const dirent* task = readdir(tasks)) {
    const std::string folder = std::string("/proc/self/task/") + task->d_name;
    std::string name;
    std::ifstream(folder + "/comm") >> name;
    if (name != "video-send") continue;
    std::ifstream status(folder + "/status");
    for (std::string field; status >> field;) {
      long value = 0;
      if (field == "voluntary_ctxt_switches:" && status >> value) work.switches += value;
    }
    long long ran = 0;
    if (std::ifstream(folder + "/schedstat") >> ran) work.ran += ran;
  }
  closedir(tasks);
  return work;
}

/// What one frame takes, as the middle of many: a busy machine adds to some.
struct WorkPerFrame {
  std::vector<long> switches;
  std::vector<long long> ran;

  template <typename Send>
  void measure(Send send) {
    const Work before = work_of_send_threads();
    send();
    const Work after = work_of_send_threads();
    switches.push_back(after.switches - before.switches);
    ran.push_back(after.ran - before.ran);
  }
  template <typename T>
  static T middle(std::vector<T> values) {
    const auto at = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), at, values.end());
    return *at;
  }
};

}  // namespace

TEST_CASE("video stream: in every mode at most four bursts and five wakes a frame, no spinning") {
  const Nanoseconds interval = 33'333'333;
  const auto picture = vectors::generated(1, 300'000);
  const std::size_t packets = plan_frame(picture.size(), {})->shards;
  const std::size_t burst = (packets + 3) / 4;
  for (const auto mode : {PacingMode::kSmooth, PacingMode::kBurst, PacingMode::kOff}) {
    CAPTURE(static_cast<int>(mode));
    CounterSlot counters{};
    counters.video_frame = 1;
    // Four bursts of 80 packets each take 2.3 ms at this rate.
    VideoStream stream({.frame_interval = interval,
                        .link_bits_per_second = 400'000'000,
                        .bitrate_kbps = 10'000,
                        .pacing = mode},
                       counters);
    const auto wire = std::make_shared<test::RecordingTransport>(false);
    stream.set_transport(wire);
    std::vector<Nanoseconds> submitted;
    const auto send = [&] {
      const std::uint64_t until = wire->sent() + packets;
      submitted.push_back(now());
      REQUIRE(stream.submit({picture, FrameType::kPredicted, now(), false}));
      while (wire->sent() < until) sleep_until(now() + 1'000'000);
      // What the link still carries of this frame does not hold up the next one.
      sleep_until(now() + 10'000'000);
    };
    for (int i = 0; i < 3; ++i) send();  // the thread's class, fresh memory
    const std::size_t warm = wire->runs().size();
    constexpr int kFrames = 15;
    WorkPerFrame work;
    for (int i = 0; i < kFrames; ++i) work.measure(send);
    // One wake for the frame and one for each further burst; one more where the thread was faster
    // than the one that places the frame, on the same processor.
    CHECK(WorkPerFrame::middle(work.switches) <= (mode == PacingMode::kOff ? 2 : 5));
    CHECK(WorkPerFrame::middle(work.ran) < 6'000'000);

    const auto runs = wire->runs();
    std::size_t sent = 0;
    for (std::size_t r = warm; r < runs.size(); ++r) {
      const Nanoseconds started = submitted.at(submitted.size() - kFrames + sent / packets);
      const std::size_t number = sent % packets / burst;
      // No run reaches into the next burst, and none is early.
      if (mode != PacingMode::kOff) {
        CHECK(sent % packets % burst + runs[r].count <= burst);
        const Nanoseconds gap = mode == PacingMode::kSmooth
                                    ? interval * 3 / 4 / 4
                                    : static_cast<Nanoseconds>(burst) * 1408 * 8 * 1000 / 400;
        CHECK(runs[r].at - started >= gap * static_cast<Nanoseconds>(number));
      }
      sent += runs[r].count;
    }
    CHECK(sent == kFrames * packets);
    stream.close();
    const auto statistics = stream.take_statistics();
    REQUIRE(statistics.send);
    REQUIRE(statistics.spread);
    CHECK(statistics.send->p50 <= statistics.spread->p50);
    CHECK(statistics.bitrate_kbps == 10'000);
    CHECK(statistics.fec_percentage == 20);
  }
}

TEST_CASE("video stream: 2 Gbit/s at 240 fps leaves within the interval, and counters wrap") {
  CounterSlot counters{};
  counters.video_frame = 1;
  counters.video_packet = 0xFFFF'FE00;
  VideoStream stream({.frame_interval = 4'166'667,
                      .link_bits_per_second = 10'000'000'000,
                      .bitrate_kbps = 2'000'000},
                     counters);
  const auto wire = std::make_shared<test::RecordingTransport>();
  stream.set_transport(wire);
  const auto picture = vectors::generated(1, 1'041'666);
  const std::size_t packets = plan_frame(picture.size(), {})->shards;
  for (std::uint64_t frame = 1; frame <= 4; ++frame) {
    REQUIRE(stream.submit({picture, FrameType::kPredicted, now(), false}));
    while (wire->sent() < frame * packets) sleep_until(now() + 500'000);
  }
  stream.close();
  CHECK(counters.video_packet == static_cast<std::uint32_t>(0xFFFF'FE00 + 4 * packets));
  std::uint32_t expected = 0xFFFF'FE00;
  for (const auto& datagram : wire->datagrams()) {
    const auto sequence = static_cast<std::uint16_t>(datagram[2] << 8 | datagram[3]);
    REQUIRE(sequence == static_cast<std::uint16_t>(expected++));
  }
  const auto statistics = stream.take_statistics();
  REQUIRE(statistics.spread);
  // A frame of the bitrate is spread over an eighth of its interval.
  CHECK(statistics.spread->max > 3 * 4'166.7 / 8 / 4);
}

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
  WorkPerFrame work;
  for (int i = 0; i < kFrames; ++i) {
    work.measure([&] {
      REQUIRE(stream.submit({picture, FrameType::kPredicted, now(), false}));
      for (std::size_t p = 0; p < packets; ++p) REQUIRE(client.receive(10'000));
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    });
  }
  // Three sleeps between four bursts, one for the next frame, and room for a lock or two.
  CHECK(WorkPerFrame::middle(work.switches) <= 6);
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
