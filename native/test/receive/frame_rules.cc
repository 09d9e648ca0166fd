#include <doctest/doctest.h>

#include "receive/frame_header.h"
#include "support/allocation_counter.h"
#include "support/video_packets.h"

using namespace earthshine;
using test::Receiving;
using vectors::Bytes;

namespace {

constexpr std::size_t kPacketSize = 80;
constexpr std::size_t kPayload = kPacketSize - 16;
const VideoReceiverOptions kOptions{.packet_size = kPacketSize};

/// A frame cut as a host does it, without parity and with blocks of `per_block` shards; `header` is
/// changed before.
std::vector<Bytes> cut(std::uint32_t index, std::size_t bytes, std::size_t per_block,
                       std::uint32_t sequence, const std::function<void(Bytes&)>& change = {}) {
  Bytes stream = {1, 0, 0, 1, 0, 0, 0, 0};
  if (index == 1) stream[3] = 2;
  const Bytes picture = vectors::generated(index, bytes);
  stream.insert(stream.end(), picture.begin(), picture.end());
  const std::size_t last = (stream.size() - 1) % kPayload + 1;
  std::memcpy(&stream[4], &last, 2);
  const std::size_t shards = (stream.size() + kPayload - 1) / kPayload;
  const std::size_t blocks = (shards + per_block - 1) / per_block;
  stream.resize(shards * kPayload);
  if (change) change(stream);
  std::vector<Bytes> packets;
  for (std::size_t i = 0; i < shards; ++i) {
    const std::size_t block = i / per_block;
    const std::size_t k = block == blocks - 1 ? shards - block * per_block : per_block;
    const std::size_t at = i % per_block;
    const auto number = static_cast<std::uint32_t>(sequence + i);
    Bytes packet(kPacketSize + 16);
    packet[0] = 0x90;
    packet[2] = static_cast<std::uint8_t>(number >> 8);
    packet[3] = static_cast<std::uint8_t>(number);
    const std::uint32_t timestamp = __builtin_bswap32(index * 1500);
    std::memcpy(&packet[4], &timestamp, 4);
    const std::uint32_t packet_index = number << 8;
    std::memcpy(&packet[16], &packet_index, 4);
    std::memcpy(&packet[20], &index, 4);
    packet[24] = static_cast<std::uint8_t>(1 | (at == 0 ? 4 : 0) | (at == k - 1 ? 2 : 0));
    packet[26] = 0x10;
    packet[27] = static_cast<std::uint8_t>((blocks - 1) << 6 | block << 4);
    const auto info = static_cast<std::uint32_t>(k << 22 | at << 12);
    std::memcpy(&packet[28], &info, 4);
    std::copy_n(&stream[i * kPayload], kPayload, &packet[32]);
    packets.push_back(std::move(packet));
  }
  return packets;
}

}  // namespace

TEST_CASE("receiver: frames of several blocks are joined, also over the sequence wrap") {
  Receiving run(kOptions);
  run.push(cut(1, 700, 4, 65'530));
  run.push(cut(2, 700, 4, 65'542));
  CHECK(run.heard.codes().empty());
  REQUIRE(run.heard.frames.size() == 2);
  for (std::uint32_t index : {1U, 2U}) {
    CHECK(run.heard.frames[index - 1].about.blocks == 3);
    CHECK(run.heard.frames[index - 1].bytes == vectors::generated(index, 700));
  }
}

TEST_CASE("receiver: a frame is lost with any of its blocks") {
  for (const std::size_t gone : {0U, 5U, 11U}) {
    CAPTURE(gone);
    Receiving run(kOptions);
    auto first = cut(1, 700, 4, 0);
    first.erase(first.begin() + static_cast<std::ptrdiff_t>(gone));
    run.push(first);
    run.push(cut(2, 100, 4, 12));
    CHECK(run.heard.lost == std::vector<std::pair<std::uint32_t, std::uint32_t>>{{1, 1}});
    CHECK(run.heard.indexes() == std::vector<std::uint32_t>{2});
    CHECK(run.heard.codes().empty());
  }
  // A block that never came at all.
  Receiving run(kOptions);
  auto first = cut(1, 700, 4, 0);
  first.erase(first.begin() + 4, first.begin() + 8);
  run.push(first);
  CHECK(run.heard.lost.size() == 1);
  CHECK(run.heard.frames.empty());
}

TEST_CASE("receiver: a frame that came back whole is not lost to a block behind its last one") {
  Receiving run(kOptions);
  run.push(cut(1, 100, 4, 0));
  // The same frame number, with a third block.
  const auto longer = cut(1, 700, 4, 2);
  run.push(std::vector<Bytes>(longer.begin() + 8, longer.end()));
  run.push(cut(2, 100, 4, 2));
  CHECK(run.heard.indexes() == std::vector<std::uint32_t>{1, 2});
  CHECK(run.heard.lost.empty());
  CHECK(run.heard.codes() == std::vector<std::string>{"block-count-changes"});
}

TEST_CASE("receiver: what a frame header may not say is named") {
  struct Change {
    std::size_t offset;
    std::uint8_t value;
    const char* code;
    bool delivered;
  };
  const Change changes[] = {
      {0, 0x81, "frame-header-start", false},
      {3, 0, "frame-type", false},
      {3, 3, "frame-type", false},
      {3, 104, "frame-type", false},
      {4, 0, "last-length", false},
      {4, kPayload + 1, "last-length", false},
      {4, 7, "last-length", false},
      {5, 1, "last-length", false},
      {6, 1, "header-reserved", false},
      {7, 1, "header-reserved", false},
      {60, 1, "padding", true},
      {4, 20, "padding", true},
      {3, 1, "first-frame-type", true},
  };
  for (const Change& change : changes) {
    CAPTURE(change.offset);
    CAPTURE(int{change.value});
    Receiving run(kOptions);
    // 48 bytes in one packet, of which 8 are the header.
    run.push(cut(1, 40, 4, 0, [&](Bytes& stream) { stream[change.offset] = change.value; }));
    CHECK(run.heard.codes() == std::vector<std::string>{change.code});
    CHECK(run.heard.frames.size() == (change.delivered ? 1 : 0));
  }
}

TEST_CASE("frame header: shorter than itself") {
  Violation violation;
  CHECK_FALSE(parse_frame_header(Bytes{1, 0, 0, 1}, violation));
  CHECK_FALSE(parse_frame_header({}, violation));
}

TEST_CASE("receiver: timestamps rise, and only the first frame may have 0") {
  const auto stamped = [](std::uint32_t index, std::uint32_t timestamp) {
    auto packets = cut(index, 40, 4, index);
    const std::uint32_t swapped = __builtin_bswap32(timestamp);
    std::memcpy(&packets[0][4], &swapped, 4);
    return packets;
  };
  Receiving run(kOptions);
  run.push(stamped(1, 0));
  run.push(stamped(2, 9000));
  CHECK(run.heard.codes().empty());
  run.push(stamped(3, 8000));
  CHECK(run.heard.codes() == std::vector<std::string>{"timestamp-back"});
  run.push(stamped(4, 0));
  CHECK(run.heard.codes() == std::vector<std::string>{"timestamp-back", "timestamp-zero"});
  // The clock of 13 hours may wrap.
  Receiving wrapping(kOptions);
  wrapping.push(stamped(1, 0xFFFF'F000));
  wrapping.push(stamped(2, 0x100));
  CHECK(wrapping.heard.codes().empty());
}

TEST_CASE("receiver: the first frame is told to be no IDR only when nothing was lost before") {
  Receiving run(kOptions);
  run.push(cut(2, 40, 4, 9));
  CHECK(run.heard.lost == std::vector<std::pair<std::uint32_t, std::uint32_t>>{{1, 1}});
  CHECK(run.heard.codes().empty());
}

TEST_CASE("receiver: what changes from block to block of a frame is named") {
  const auto second_block = [](const std::function<void(Bytes&)>& change) {
    auto packets = cut(1, 400, 4, 0);
    for (std::size_t i = 4; i < packets.size(); ++i) change(packets[i]);
    Receiving run(kOptions);
    run.push(packets);
    return run.heard.codes();
  };
  CHECK(second_block([](Bytes& packet) { packet[7] ^= 1; }) ==
        std::vector<std::string>{"timestamp-changes"});
  CHECK(second_block([](Bytes& packet) { packet[27] |= 0x80; }) ==
        std::vector<std::string>{"block-count-changes"});
}

TEST_CASE("receiver: times of arrival") {
  Receiving run(kOptions);
  run.push(cut(1, 700, 4, 0));
  REQUIRE(run.heard.frames.size() == 1);
  CHECK(run.heard.frames[0].about.first_packet == 1);
  CHECK(run.heard.frames[0].about.completed == 12);
  CHECK(run.heard.frames[0].about.first_packet_bytes == kPayload - 8);
}

namespace {

/// Only counts.
struct Deaf final : VideoEvents {
  std::size_t frames = 0, others = 0;
  void on_frame(const ReceivedFrame&) override { ++frames; }
  void on_lost(std::uint32_t, std::uint32_t) override { ++others; }
  void on_damaged(const BlockStatus&) override { ++others; }
  void on_violation(const Violation&) override { ++others; }
};

}  // namespace

TEST_CASE("receiver: nothing is allocated, with loss neither") {
  if (!test::counts_allocations()) return;
  const FrameShape shape{.packet_size = 1392, .fec_percentage = 20, .min_parity = 2};
  std::vector<std::vector<Bytes>> frames;
  std::uint32_t packet = 0;
  for (std::uint32_t index = 1; index <= 12; ++index) {
    frames.push_back(test::packets_of(vectors::generated(index, 60'000), shape,
                                      {.frame_index = index,
                                       .first_packet = packet,
                                       .timestamp = index,
                                       .type = FrameType::kIdr}));
    packet += static_cast<std::uint32_t>(frames.back().size());
  }
  Deaf deaf;
  VideoReceiver receiver({.packet_size = 1392, .tolerance = {.packets = 16}}, deaf);
  const auto push = [&](std::size_t from, std::size_t to) {
    for (std::size_t f = from; f < to; ++f) {
      for (std::size_t i = 0; i < frames[f].size(); ++i) {
        if (i % 9 != f % 9) receiver.push(frames[f][i], 1);
      }
    }
  };
  push(0, 2);
  const auto before = test::allocations();
  push(2, frames.size());
  CHECK(test::allocations() == before);
  CHECK(deaf.frames == frames.size());
  CHECK(receiver.counters().assembly.recovered_shards > 0);
  CHECK(receiver.counters().violations == 0);
}
