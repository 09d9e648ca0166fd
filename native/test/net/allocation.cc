#include <doctest/doctest.h>
#include <malloc.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <thread>

#include "net/audio_stream.h"
#include "net/video_stream.h"
#include "packet/frame_plan.h"
#include "support/allocation_counter.h"
#include "support/loopback.h"
#include "support/vectors.h"

using namespace earthshine;
using test::LoopbackClient;

namespace {

void drain(LoopbackClient& client, std::size_t datagrams) {
  std::array<std::uint8_t, 2048> bytes;
  for (std::size_t i = 0; i < datagrams; ++i) {
    if (recv(client.descriptor(), bytes.data(), bytes.size(), 0) < 0) return;
  }
}

}  // namespace

TEST_CASE("allocation: the counter counts") {
  if (!test::counts_allocations()) return;
  const auto before = test::allocations();
  const auto held = std::make_unique<std::array<char, 100>>();
  CHECK(held->size() == 100);
  CHECK(test::allocations() > before);
}

TEST_CASE("allocation: memory with an alignment counts, whichever call it is asked of") {
  if (!test::counts_allocations()) return;
  // x264 asks memalign(), C++ aligned_alloc().
  const std::array<void* (*)(std::size_t, std::size_t), 2> calls{memalign, aligned_alloc};
  for (const auto& call : calls) {
    const auto before = test::allocations();
    void* memory = call(64, 640);
    CHECK(reinterpret_cast<std::uintptr_t>(memory) % 64 == 0);
    CHECK(test::allocations() > before);
    std::free(memory);
  }
  const auto before = test::allocations();
  void* memory = nullptr;
  REQUIRE(posix_memalign(&memory, 64, 640) == 0);
  CHECK(test::allocations() > before);
  std::free(memory);
}

TEST_CASE("allocation: after warm-up a frame and an Opus packet allocate nothing") {
  if (!test::counts_allocations()) return;
  const std::array<std::uint8_t, 16> key{1, 2, 3};
  for (const bool sealed : {false, true}) {
    CAPTURE(sealed);
    LoopbackClient client;
    CounterSlot counters{};
    counters.video_frame = 1;
    VideoStream video({.key = sealed ? std::optional(key) : std::nullopt,
                       .link_bits_per_second = 100'000'000'000,
                       .bitrate_kbps = 1'000'000},
                      counters);
    AudioStream audio({.key = sealed ? std::optional(key) : std::nullopt}, counters);
    REQUIRE(video.set_endpoint(client.endpoint()).ok());
    REQUIRE(audio.set_endpoint(client.endpoint()).ok());
    const auto small = vectors::generated(1, 15'000), large = vectors::generated(2, 600'000);
    const auto opus = vectors::generated(3, 60);
    const std::size_t small_packets = plan_frame(small.size(), {})->shards;
    const std::size_t large_packets = plan_frame(large.size(), {})->shards;
    std::uint64_t before = 0;
    for (int round = 0; round < 40; ++round) {
      // The buffers are used in turn, so every one of them has seen the large frame by then. The
      // send thread's class is asked for in the background meanwhile.
      if (round == 9) std::this_thread::sleep_for(std::chrono::milliseconds(100));
      if (round == 10) before = test::allocations();
      const bool big = round % 4 == 0;
      const bool accepted =
          video.submit({big ? large : small, FrameType::kPredicted, now(), false});
      if (!accepted) break;
      drain(client, big ? large_packets : small_packets);
      audio.send(opus);
      drain(client, round % 4 == 3 ? 3 : 1);
    }
    const auto after = test::allocations();
    CHECK(after - before == 0);
    CHECK(video.take_statistics().frames_dropped == 0);
  }
}
