#include "receive/hold_back.h"

#include <doctest/doctest.h>

#include "support/video_packets.h"

using namespace earthshine;
using test::Receiving;
using vectors::Bytes;

namespace {

/// Frames without parity, three packets each: every packet counts.
std::vector<Bytes> frame(std::uint32_t index) {
  auto packets = test::packets_of(vectors::generated(index, 200),
                                  {.packet_size = 112, .fec_percentage = 0, .min_parity = 0},
                                  {.frame_index = index,
                                   .first_packet = (index - 1) * 3,
                                   .timestamp = index * 1500,
                                   .type = index == 1 ? FrameType::kIdr : FrameType::kPredicted});
  REQUIRE(packets.size() == 3);
  return packets;
}

VideoReceiverOptions tolerant(std::size_t packets) {
  return {.packet_size = 112, .min_parity = 0, .tolerance = {.packets = packets, .time = 1000}};
}

}  // namespace

TEST_CASE("hold back: a packet that comes behind the next frame's still completes its own") {
  auto first = frame(1);
  const auto second = frame(2);
  const auto late = first[2];
  first.pop_back();
  for (const std::size_t window : {0U, 2U, 3U, 8U}) {
    CAPTURE(window);
    Receiving run(tolerant(window));
    run.push(first);
    run.push(second);
    run.push(late);
    run.push(frame(3));
    const bool saved = window >= 3;
    CHECK(run.heard.indexes() ==
          (saved ? std::vector<std::uint32_t>{1, 2, 3} : std::vector<std::uint32_t>{2, 3}));
    CHECK(run.heard.lost.size() == (saved ? 0 : 1));
    CHECK(run.heard.codes().empty());
    CHECK_FALSE(run.receiver.deadline());
  }
}

TEST_CASE("hold back: a whole frame that overtakes another one waits for it") {
  Receiving run(tolerant(8));
  run.push(frame(1));
  run.push(frame(3));
  CHECK(run.heard.frames.size() == 1);
  run.push(frame(2));
  CHECK(run.heard.indexes() == std::vector<std::uint32_t>{1, 2, 3});
  for (std::uint32_t index : {1U, 2U, 3U}) {
    CHECK(run.heard.frames[index - 1].bytes == vectors::generated(index, 200));
  }
}

TEST_CASE("hold back: it ends in time, with or without another packet") {
  for (const bool quiet : {false, true}) {
    Receiving run(tolerant(8));
    run.push(frame(1)[0]);
    run.push(frame(2));
    CHECK(run.heard.frames.empty());
    const auto deadline = run.receiver.deadline();
    REQUIRE(deadline);
    CHECK(*deadline == 2 + 1000);
    run.receiver.expire(*deadline - 1);
    CHECK(run.heard.frames.empty());
    if (quiet) {
      run.receiver.expire(*deadline);
    } else {
      run.time = *deadline;
      run.push(frame(3)[0]);
    }
    CHECK(run.heard.indexes() == std::vector<std::uint32_t>{2});
    CHECK(run.heard.lost == std::vector<std::pair<std::uint32_t, std::uint32_t>>{{1, 1}});
    CHECK_FALSE(run.receiver.deadline());
  }
}
