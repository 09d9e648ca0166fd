#include <doctest/doctest.h>

#include <set>

#include "receive/video_receiver.h"
#include "support/video_packets.h"

using namespace earthshine;
using test::Receiving;
using vectors::Bytes;

namespace {

nlohmann::json case_named(const char* name) {
  const auto file = vectors::load("video-framing");
  for (const auto& vector : file["cases"]) {
    if (vector["name"] == name) return vector;
  }
  throw std::runtime_error("no such vector");
}

std::vector<Bytes> datagrams_of(const nlohmann::json& frame) {
  std::vector<Bytes> datagrams;
  for (const auto& hex : frame["datagrams"]) {
    datagrams.push_back(vectors::from_hex(hex.get<std::string>()));
  }
  return datagrams;
}

Bytes picture_of(const nlohmann::json& frame) {
  return vectors::generated(frame["payloadSeed"], frame["payloadBytes"]);
}

struct Small {
  Small() {
    for (const auto& frame : vector["frames"]) datagrams.push_back(datagrams_of(frame));
  }
  nlohmann::json vector = case_named("small");
  /// by frame
  std::vector<std::vector<Bytes>> datagrams;
  VideoReceiverOptions options{.packet_size = vector["packetSize"]};
};

}  // namespace

TEST_CASE("receiver: the vectors' small frames come back whole, without a violation") {
  const Small small;
  Receiving run(small.options);
  for (const auto& frame : small.datagrams) run.push(frame);
  CHECK(run.heard.codes().empty());
  REQUIRE(run.heard.frames.size() == small.datagrams.size());
  for (std::size_t f = 0; f < small.datagrams.size(); ++f) {
    const auto& vector = small.vector["frames"][f];
    const auto& frame = run.heard.frames[f];
    CHECK(vectors::sha256(frame.bytes) == vector["payloadSha256"]);
    CHECK(frame.about.index == vector["frameIndex"]);
    CHECK(static_cast<int>(frame.about.type) == vector["frameType"]);
    CHECK(frame.about.host_latency == vector["latencyTenthsOfMs"]);
    CHECK(frame.about.timestamp == vector["rtpTimestamp"]);
    CHECK(frame.about.blocks == vector["blocks"].size());
    CHECK(frame.about.recovered_shards == 0);
  }
  const auto counters = run.receiver.counters();
  CHECK(counters.assembly.lost_frames == 0);
  CHECK(counters.missing_packets == 0);
  CHECK(counters.frames == small.datagrams.size());
}

TEST_CASE("receiver: the vectors' frames of four blocks come back, with and without parity") {
  for (const char* name : {"large", "toolarge"}) {
    const auto vector = case_named(name);
    CAPTURE(name);
    for (const bool lossy : {false, true}) {
      Receiving run({.packet_size = vector["packetSize"]});
      for (const auto& frame : vector["frames"]) {
        const Bytes picture = picture_of(frame);
        const FrameShape shape{vector["packetSize"], vector["fecPercentage"],
                               vector["minRequiredFecPackets"], Oversize::kNoParity};
        const auto packets =
            test::packets_of(picture, shape,
                             {.frame_index = frame["frameIndex"],
                              .first_packet = frame["blocks"][0]["firstSequence"],
                              .timestamp = frame["rtpTimestamp"],
                              .type = static_cast<FrameType>(frame["frameType"].get<int>()),
                              .host_latency = frame["latencyTenthsOfMs"]});
        Bytes all;
        for (const Bytes& packet : packets) all.insert(all.end(), packet.begin(), packet.end());
        REQUIRE(vectors::sha256(all) == frame["datagramsSha256"]);
        // Lost are as many data shards of each block as it has parity, the first ones.
        std::size_t at = 0;
        for (const auto& block : frame["blocks"]) {
          const std::size_t data = block["dataShards"], parity = block["parityShards"];
          for (std::size_t i = 0; i < data + parity; ++i) {
            if (!lossy || i >= std::min(data, parity)) run.push(packets[at + i]);
          }
          at += data + parity;
        }
        REQUIRE(run.heard.frames.size() == frame["frameIndex"]);
        CHECK(run.heard.frames.back().bytes == picture);
      }
      CHECK(run.heard.codes().empty());
      CHECK(run.heard.lost.empty());
      CHECK((run.receiver.counters().assembly.recovered_shards > 0) ==
            (lossy && vector["frames"][0]["blocks"][0]["parityShards"] > 0));
    }
  }
}

TEST_CASE("receiver: every loss that parity covers") {
  const Small small;
  for (std::size_t f = 0; f < small.datagrams.size(); ++f) {
    const auto& frame = small.vector["frames"][f];
    const std::size_t data = frame["blocks"][0]["dataShards"];
    const std::size_t count = small.datagrams[f].size();
    for (std::size_t a = 0; a < count; ++a) {
      for (std::size_t b = a; b < count; ++b) {
        Receiving run(small.options);
        for (std::size_t before = 0; before < f; ++before) run.push(small.datagrams[before]);
        for (std::size_t i = 0; i < count; ++i) {
          if (i != a && i != b) run.push(small.datagrams[f][i]);
        }
        REQUIRE(run.heard.codes().empty());
        REQUIRE(run.heard.lost.empty());
        REQUIRE(run.heard.frames.size() == f + 1);
        REQUIRE(run.heard.frames[f].bytes == picture_of(frame));
        std::set<std::size_t> gone{a, b};
        std::erase_if(gone, [&](std::size_t i) { return i >= data; });
        REQUIRE(run.receiver.counters().assembly.recovered_shards == gone.size());
        REQUIRE(run.heard.damaged.size() == (gone.empty() ? 0 : 1));
      }
    }
  }
}

TEST_CASE("receiver: in any order inside a block") {
  const Small small;
  Receiving run(small.options);
  for (auto frame : small.datagrams) {
    std::reverse(frame.begin(), frame.end());
    run.push(frame);
  }
  CHECK(run.heard.indexes() == std::vector<std::uint32_t>{1, 2, 3, 4});
  CHECK(run.heard.codes().empty());
  CHECK(run.receiver.counters().out_of_order > 0);
  CHECK(run.receiver.counters().missing_packets == 0);
  CHECK(run.receiver.counters().assembly.parity_first > 0);
}

TEST_CASE("receiver: one shard too many, and the frame is lost, said once; the next one comes") {
  const Small small;
  Receiving run(small.options);
  for (std::size_t i = 3; i < small.datagrams[0].size(); ++i) run.push(small.datagrams[0][i]);
  run.push(small.datagrams[1]);
  run.push(small.datagrams[2]);
  CHECK(run.heard.lost == std::vector<std::pair<std::uint32_t, std::uint32_t>>{{1, 1}});
  CHECK(run.heard.indexes() == std::vector<std::uint32_t>{2, 3});
  CHECK(run.receiver.counters().assembly.lost_frames == 1);
  CHECK(run.receiver.counters().assembly.lost_blocks == 1);
  REQUIRE(run.heard.damaged.size() == 1);
  // The frame FEC status of a stock client: three of four data packets never came.
  const BlockStatus& block = run.heard.damaged[0];
  CHECK(block.frame == 1);
  CHECK(block.data == 4);
  CHECK(block.parity == 2);
  CHECK(block.data_received == 1);
  CHECK(block.parity_received == 2);
  CHECK(block.fec_percentage == 50);
  CHECK(block.highest_sequence == 5);
  CHECK(block.next_contiguous_sequence == 0);
  CHECK(block.missing_before_highest == 3);
  CHECK(block.block == 0);
  CHECK(block.last_block == 0);
}

TEST_CASE("receiver: whole frames that never came count as lost") {
  const Small small;
  Receiving run(small.options);
  run.push(small.datagrams[0]);
  run.push(small.datagrams[3]);
  CHECK(run.heard.lost == std::vector<std::pair<std::uint32_t, std::uint32_t>>{{2, 3}});
  CHECK(run.receiver.counters().assembly.lost_frames == 2);
  CHECK(run.receiver.counters().missing_packets == 6);
}

TEST_CASE("receiver: the same datagrams twice, or late, do no harm") {
  const Small small;
  Receiving run(small.options);
  for (const auto& frame : small.datagrams) {
    for (const auto& datagram : frame) {
      run.push(datagram);
      run.push(datagram);
    }
  }
  run.push(small.datagrams[0]);
  CHECK(run.heard.indexes() == std::vector<std::uint32_t>{1, 2, 3, 4});
  CHECK(run.heard.codes().empty());
  CHECK(run.receiver.counters().missing_packets == 0);
  CHECK(run.receiver.counters().out_of_order == 0);
  CHECK(run.receiver.counters().duplicates ==
        run.receiver.counters().packets / 2 + (small.datagrams[0].size() + 1) / 2);
}

TEST_CASE("receiver: what the vectors' packets may not say is named") {
  const Small small;
  struct Change {
    std::size_t packet, offset;
    std::uint8_t bits;
    const char* code;
  };
  // Packets 0 to 3 are data, 4 and 5 parity, of which frame 1 has number 5 checked.
  const Change changes[] = {
      {5, 40, 0x02, "parity-mismatch"},
      {5, 17, 0x01, "parity-mismatch"},
      {5, 24, 0x01, "parity-mismatch"},
      {1, 24, 0x02, "flags"},
      {0, 24, 0x04, "flags"},
      {3, 24, 0x02, "flags"},
      {1, 25, 0x02, "extra-flags"},
      {1, 26, 0x02, "multi-fec-flags"},
      {1, 16, 0x01, "packet-index"},
      {1, 17, 0x02, "packet-index"},
      {1, 7, 0x02, "timestamp-changes"},
      {1, 27, 0x01, "block-low-bits"},
      {1, 27, 0x10, "block-index"},
      {1, 27, 0x40, "block-count-changes"},
      {1, 28, 0x02, "fec-low-bits"},
      {1, 28, 0x10, "shard-counts-change"},
      {1, 0, 0x02, "rtp-first-byte"},
      {4, 3, 0x40, "foreign-sequence"},
      {1, 30, 0x03, "shard-index"},
      {1, 31, 0xC0, "too-many-shards"},
  };
  for (const Change& change : changes) {
    CAPTURE(change.packet);
    CAPTURE(change.offset);
    CAPTURE(int{change.bits});
    Receiving run(small.options);
    auto datagrams = small.datagrams[0];
    datagrams[change.packet][change.offset] ^= change.bits;
    run.push(datagrams);
    const auto codes = run.heard.codes();
    REQUIRE_FALSE(codes.empty());
    CHECK(codes[0] == change.code);
    CHECK(run.receiver.counters().violations == run.heard.violations.size());
  }
}

TEST_CASE("receiver: a packet of another size, without data, of frame 0 or of too many shards") {
  const Small small;
  const auto first_code = [&](Bytes packet) -> std::string {
    Receiving run(small.options);
    run.push(std::move(packet));
    CHECK(run.heard.frames.empty());
    return run.heard.codes().empty() ? "" : run.heard.codes()[0];
  };
  const Bytes whole = small.datagrams[0][0];
  for (const std::size_t size : {0U, 1U, 16U, 31U, 90U, 95U, 97U, 200U}) {
    Bytes other = whole;
    other.resize(size);
    CHECK(first_code(other) == "packet-size");
  }
  const auto with_fec = [&](std::uint32_t data, std::uint32_t index, std::uint32_t percentage) {
    Bytes packet = whole;
    const std::uint32_t info = data << 22 | index << 12 | percentage << 4;
    std::memcpy(&packet[28], &info, 4);
    return packet;
  };
  CHECK(first_code(with_fec(0, 0, 0)) == "no-data-shards");
  CHECK(first_code(with_fec(200, 0, 50)) == "too-many-shards");
  CHECK(first_code(with_fec(1023, 0, 255)) == "too-many-shards");
  CHECK(first_code(with_fec(4, 6, 50)) == "shard-index");
  CHECK(first_code(with_fec(8, 0, 1)) == "too-little-parity");
  Bytes unnumbered = whole;
  unnumbered[20] = 0;
  CHECK(first_code(unnumbered) == "frame-zero");
}

TEST_CASE("receiver: parity made from other data gives shards that are refused aloud") {
  const Small small;
  auto datagrams = small.datagrams[0];
  // Both parity shards say that data shard 1 was the end of the block.
  datagrams.erase(datagrams.begin() + 1);
  for (const std::size_t offset : {24U, 25U, 17U}) {
    CAPTURE(offset);
    auto changed = datagrams;
    changed[3][offset] ^= 0x8E;
    Receiving run(small.options);
    run.push(changed);
    const auto codes = run.heard.codes();
    REQUIRE(codes.size() >= 1);
    CHECK(codes[0] == (offset == 24   ? "recovered-flags"
                       : offset == 25 ? "recovered-extra-flags"
                                      : "recovered-packet-index"));
  }
}

TEST_CASE("receiver: a block that overlaps the one before") {
  const Small small;
  Receiving run(small.options);
  run.push(small.datagrams[0]);
  auto second = small.datagrams[1];
  for (Bytes& datagram : second) {
    --datagram[3];
    if (&datagram == &second[0]) --datagram[17];
  }
  run.push(second);
  const auto codes = run.heard.codes();
  REQUIRE_FALSE(codes.empty());
  CHECK(codes[0] == "block-overlaps");
}
