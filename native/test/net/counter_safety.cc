#include <doctest/doctest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <cstring>
#include <new>
#include <random>
#include <set>

#include "net/segmentation_check.h"
#include "net/video_stream.h"
#include "packet/frame_plan.h"
#include "packet/video_sealer.h"
#include "support/loopback.h"
#include "support/vectors.h"

using namespace earthshine;
using test::LoopbackClient;

#if !defined(__SANITIZE_THREAD__)

namespace {

/// What a media process does until it is killed.
[[noreturn]] void stream_forever(const LoopbackClient& client, CounterSlot& counters) {
  VideoStream stream({.key = std::array<std::uint8_t, 16>{}, .bitrate_kbps = 500'000}, counters);
  if (!stream.set_endpoint(client.endpoint()).ok()) _exit(1);
  const auto picture = vectors::generated(1, 40'000);
  for (;;) {
    stream.submit({picture, FrameType::kPredicted, now(), false});
    usleep(300);
  }
}

}  // namespace

TEST_CASE(
    "counters: a process killed at any moment leaves no nonce and no frame number for reuse") {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  REQUIRE(page != MAP_FAILED);
  auto& counters = *new (page) CounterSlot{};
  counters.video_frame = 1;
  LoopbackClient client;
  segmentation_works();  // its sockets are none of the child's business
  std::mt19937 random(7);
  std::set<std::uint64_t> nonces;
  std::uint32_t last_frame = 0;
  for (int life = 0; life < 12; ++life) {
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) stream_forever(client, counters);
    // Wait until it streams, then let it go on for a moment that is not a whole frame.
    REQUIRE([&] {
      pollfd wait{client.descriptor(), POLLIN, 0};
      return poll(&wait, 1, 20'000) == 1;
    }());
    usleep(1000 + random() % 4000);
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    CHECK(WIFSIGNALED(status));

    std::uint32_t first_of_life = 0;
    while (const auto datagram = client.receive(20)) {
      std::uint64_t nonce = 0;
      std::uint32_t frame = 0;
      std::memcpy(&nonce, datagram->data(), 8);
      std::memcpy(&frame, datagram->data() + 12, 4);
      CHECK(nonces.insert(nonce).second);
      CHECK(frame != 0);
      if (first_of_life == 0) {
        first_of_life = frame;
        // At most the frames that were queued or in the making are missing.
        CHECK(frame > last_frame);
        CHECK(frame <= last_frame + 4);
      }
      last_frame = frame;
    }
    CHECK(counters.video_frame > last_frame);
  }
  CHECK(nonces.size() > 200);
  munmap(page, 4096);
}

#endif
