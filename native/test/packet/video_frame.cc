#include "packet/video_frame.h"

#include <doctest/doctest.h>

#include "support/vectors.h"

using namespace earthshine;

namespace {

/// All shards of a frame in wire order, back to back.
vectors::Bytes wire_of(VideoFrame& frame) {
  for (std::size_t b = 0; b < frame.plan().block_count; ++b) {
    frame.finish_data(b, 0, frame.plan().blocks[b].data);
    frame.finish_parity(b);
  }
  vectors::Bytes wire;
  for (std::size_t s = 0; s < frame.plan().shards; ++s) {
    wire.insert(wire.end(), frame.shard(s), frame.shard(s) + frame.shard_bytes());
  }
  return wire;
}

}  // namespace

TEST_CASE("video frame: the datagrams of the vectors, back to back and padded") {
  const auto file = vectors::load("video-framing");
  std::size_t frames = 0;
  for (const auto& vector : file["cases"]) {
    const FrameShape shape{.packet_size = vector["packetSize"],
                           .fec_percentage = vector["fecPercentage"],
                           .min_parity = vector["minRequiredFecPackets"],
                           .oversize = Oversize::kNoParity};
    REQUIRE(shape.shard_bytes() == vector["shardBytes"]);
    REQUIRE(shape.payload_bytes() == vector["payloadPerShard"]);
    for (const bool padded : {false, true}) {
      // One buffer for all frames: what an earlier frame left must not show.
      VideoFrame buffer(shape.packet_size, padded);
      for (const auto& frame : vector["frames"]) {
        CAPTURE(vector["name"].get<std::string>());
        CAPTURE(frame["frameIndex"].get<int>());
        const auto payload = vectors::generated(frame["payloadSeed"], frame["payloadBytes"]);
        REQUIRE(vectors::sha256(payload) == frame["payloadSha256"]);
        REQUIRE(buffer.begin(payload.size(), shape));
        CHECK(buffer.plan().last_payload == frame["lastPayloadLen"]);
        REQUIRE(buffer.plan().block_count == frame["blocks"].size());
        for (std::size_t b = 0; b < buffer.plan().block_count; ++b) {
          CHECK(buffer.plan().blocks[b].data == frame["blocks"][b]["dataShards"]);
          CHECK(buffer.plan().blocks[b].parity == frame["blocks"][b]["parityShards"]);
          CHECK(buffer.plan().blocks[b].percentage == frame["blocks"][b]["fecPercentage"]);
        }
        buffer.place(payload);
        buffer.label({.frame_index = frame["frameIndex"],
                      .first_packet = frame["blocks"][0]["firstSequence"],
                      .timestamp = frame["rtpTimestamp"],
                      .type = static_cast<FrameType>(frame["frameType"].get<int>()),
                      .host_latency = frame["latencyTenthsOfMs"]});
        const auto wire = wire_of(buffer);
        CHECK(buffer.plan().shards == frame["datagramCount"]);
        CHECK(vectors::sha256(wire) == frame["datagramsSha256"]);
        if (frame.contains("datagrams")) {
          for (std::size_t s = 0; s < buffer.plan().shards; ++s) {
            CHECK(vectors::to_hex({buffer.shard(s), buffer.shard_bytes()}) ==
                  frame["datagrams"][s]);
          }
        }
        ++frames;
      }
    }
  }
  CHECK(frames == 16);
}

TEST_CASE("video frame: placed range by range it is the same frame") {
  const FrameShape shape{.packet_size = 80};
  const auto payload = vectors::generated(9, 40000);
  VideoFrame whole(80, false), parts(80, false);
  for (VideoFrame* frame : {&whole, &parts}) {
    REQUIRE(frame->begin(payload.size(), shape));
    REQUIRE(frame->plan().block_count == 3);
    if (frame == &whole) {
      frame->place(payload);
    } else {
      for (std::size_t first = 0; first < frame->plan().data; first += 100) {
        frame->place(payload, first, std::min<std::size_t>(100, frame->plan().data - first));
      }
    }
    frame->label({.frame_index = 7, .first_packet = 65530, .timestamp = 1});
  }
  CHECK(wire_of(whole) == wire_of(parts));
}

TEST_CASE("video frame: shards start at multiples of 64 bytes where the size allows") {
  const VideoFrame plain(1392, false), padded(1360, true);
  CHECK(plain.stride() == 1408);
  CHECK(padded.stride() == 1408);
  CHECK(padded.shard_bytes() == 1376);
  CHECK(reinterpret_cast<std::uintptr_t>(padded.shard(3)) % 64 == 0);
}
