#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "../goal.h"
#include "../measure.h"
#include "base/thread_class.h"
#include "conditions.h"
#include "net/video_stream.h"
#include "paths.h"
#include "subjects.h"

namespace earthshine::bench {

namespace {

/// Counts bursts (runs that follow a pause) and notes when the last packet of a frame came.
class Recorder final : public Transport {
 public:
  void send_equal(const std::uint8_t*, std::size_t size, std::size_t count) override {
    ++counts_.calls;
    counts_.packets += count;
    counts_.bytes += size * count;
    last_at = now();
    packets.fetch_add(count, std::memory_order_release);
  }
  [[nodiscard]] const char* method_name() const override { return "loopback"; }
  [[nodiscard]] const SendCounts& counts() const override { return counts_; }

  std::atomic<std::uint64_t> packets = 0;
  std::atomic<Nanoseconds> last_at = 0;

 private:
  SendCounts counts_;
};

/// Three threads that want the processor all the time.
class BusyLoops {
 public:
  BusyLoops() {
    for (int i = 0; i < 3; ++i) {
      threads_.emplace_back([this] {
        while (!done_.load(std::memory_order_relaxed)) {
        }
      });
    }
  }
  ~BusyLoops() {
    done_ = true;
    for (auto& thread : threads_) thread.join();
  }

 private:
  std::atomic<bool> done_ = false;
  std::vector<std::thread> threads_;
};

/// From submit to the last packet, sealed, while three loops want the processor.
void bench_wake() {
  const std::string what = "150 KB sealed, submit to last packet, 3 busy loops";
  CounterSlot counters{};
  counters.video_frame = 1;
  VideoStream stream({.packet_size = 1360, .key = kKey, .pacing = PacingMode::kOff}, counters);
  const auto recorder = std::make_shared<Recorder>();
  stream.set_transport(recorder);
  const Bytes picture = pattern(150'000);
  const std::size_t packets = plan_frame(picture.size(), {.packet_size = 1360})->shards;
  // The encode thread's part of the way is in this thread; only the send thread's wake is asked.
  raise_thread(gettid(), ThreadRole::kShortWakes);
  const BusyLoops busy;
  std::vector<double> times;
  // The first frames touch fresh memory, and the send thread may wait for its class.
  for (int i = -50; i < 500; ++i) {
    sleep_until(now() + 4'000'000);
    const std::uint64_t before = recorder->packets.load();
    const Nanoseconds start = now();
    if (!stream.submit({picture, FrameType::kPredicted, start, false})) continue;
    while (recorder->packets.load(std::memory_order_acquire) < before + packets) usleep(500);
    if (i >= 0) times.push_back(static_cast<double>(recorder->last_at - start) / 1000);
  }
  const sched_param normal{.sched_priority = 0};
  sched_setscheduler(0, SCHED_OTHER, &normal);
  const auto statistics = stream.take_statistics();
  char text[80];
  std::snprintf(text, sizeof text, "us wall p99 (p50 %.0f)", percentile(times, 0.5));
  const char* why = statistics.send_thread == ThreadClass::kRealtime
                        ? why_not_here(true)
                        : "no real-time class for this user";
  print_goal(9, what, percentile(times, 0.99), text, false, 250, why);
}

/// Wakes and CPU time of a send thread that paces frames of 150 KB at 120 a second.
void bench_pacing(PacingMode mode, const char* name) {
  constexpr int kFrames = 120;
  constexpr Nanoseconds kInterval = 8'333'333;
  const auto recorder = std::make_shared<NoTransport>();
  const Bytes picture = pattern(150'000);
  std::vector<double> wakes, cpu;
  std::thread([&] {
    FrameShape shape;
    VideoFrame frame(shape.packet_size, false);
    FrameSender sender({.pacing = mode, .frame_interval = kInterval});
    struct Placed : FrameFeed {
      void wait_for(std::size_t) override {}
      bool another_waits() override { return false; }
    } feed;
    const auto switches = [] {
      rusage usage{};
      getrusage(RUSAGE_THREAD, &usage);
      return static_cast<double>(usage.ru_nvcsw);
    };
    Nanoseconds slot = now();
    for (int i = -5; i < kFrames; ++i) {
      const double before = switches(), start = cpu_time();
      // The wait for a frame is one wake, as the condition is in a stream.
      sleep_until(slot += kInterval);
      frame.begin(picture.size(), shape);
      frame.place(picture);
      sender.begin(frame, 144'000'000);
      sender.send(frame, {.frame_index = 1}, 0, feed, *recorder);
      if (i < 0) continue;
      wakes.push_back(switches() - before);
      cpu.push_back(cpu_time() - start);
    }
  }).join();
  char text[80];
  std::snprintf(text, sizeof text, "wakes a frame (%.0f us CPU)", percentile(cpu, 0.5));
  print_goal(11, std::string("150 KB at 120 fps, pacing ") + name, percentile(wakes, 0.5), text,
             false, 4);
}

}  // namespace

void bench_thread() {
  bench_wake();
  bench_pacing(PacingMode::kSmooth, "smooth");
  bench_pacing(PacingMode::kBurst, "burst");
  bench_pacing(PacingMode::kOff, "off");
}

}  // namespace earthshine::bench
