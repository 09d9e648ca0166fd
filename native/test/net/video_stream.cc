#include "net/video_stream.h"

#include <doctest/doctest.h>
#include <openssl/evp.h>

#include <atomic>
#include <cstring>
#include <memory>
#include <thread>

#include "net/segmentation_check.h"
#include "packet/galois_field.h"
#include "packet/video_frame.h"
#include "packet/video_sealer.h"
#include "support/erasure_decoder.h"
#include "support/loopback.h"
#include "support/vectors.h"

using namespace earthshine;
using test::LoopbackClient;
using vectors::Bytes;

namespace {

std::uint32_t read32le(const Bytes& bytes, std::size_t at) {
  std::uint32_t value = 0;
  std::memcpy(&value, bytes.data() + at, 4);
  return value;
}
std::uint32_t read32be(const Bytes& bytes, std::size_t at) {
  return __builtin_bswap32(read32le(bytes, at));
}
std::uint16_t sequence_of(const Bytes& bytes) {
  return static_cast<std::uint16_t>(read32be(bytes, 0));
}

std::vector<Bytes> receive(LoopbackClient& client, std::size_t count) {
  std::vector<Bytes> datagrams;
  while (datagrams.size() < count) {
    auto datagram = client.receive();
    if (!datagram) break;
    datagrams.push_back(std::move(*datagram));
  }
  return datagrams;
}

/// Opens one sealed datagram as a client does; empty when it is not authentic.
Bytes unseal(const std::array<std::uint8_t, 16>& key, const Bytes& datagram) {
  Bytes plain(datagram.size() - kSealBytes);
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  int length = 0;
  Bytes tag(datagram.begin() + 16, datagram.begin() + 32);
  const bool authentic =
      EVP_DecryptInit_ex(context, EVP_aes_128_gcm(), nullptr, key.data(), datagram.data()) == 1 &&
      EVP_DecryptUpdate(context, plain.data(), &length, datagram.data() + kSealBytes,
                        static_cast<int>(plain.size())) == 1 &&
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, 16, tag.data()) == 1 &&
      EVP_DecryptFinal_ex(context, plain.data() + length, &length) == 1;
  EVP_CIPHER_CTX_free(context);
  return authentic ? plain : Bytes{};
}

/// The access unit of a frame whose shards came back, without the frame header.
Bytes picture_of(const std::vector<Bytes>& data, std::size_t last_payload) {
  Bytes stream;
  for (const Bytes& shard : data) stream.insert(stream.end(), shard.begin() + 32, shard.end());
  stream.resize(stream.size() - (data[0].size() - 32) + last_payload);
  return {stream.begin() + 8, stream.end()};
}

}  // namespace

TEST_CASE("video stream: the vectors' frames arrive as the vectors say") {
  const auto file = vectors::load("video-framing");
  for (const auto& vector : file["cases"]) {
    if (vector["name"] == "toolarge") continue;  // sent with less parity here, not with none
    LoopbackClient client;
    CounterSlot counters{};
    counters.video_frame = 1;
    VideoStream stream({.packet_size = vector["packetSize"],
                        .fec_percentage = vector["fecPercentage"],
                        .min_fec_packets = vector["minRequiredFecPackets"]},
                       counters);
    REQUIRE(stream.set_endpoint(client.endpoint()).ok());
    for (const auto& frame : vector["frames"]) {
      CAPTURE(vector["name"].get<std::string>());
      CAPTURE(frame["frameIndex"].get<int>());
      const auto payload = vectors::generated(frame["payloadSeed"], frame["payloadBytes"]);
      // Capture times that give the vectors' timestamps and latencies where these do not depend on
      // the real clock: a repeated picture has latency 0.
      counters.video_epoch = 1'000'000;
      const std::int64_t ticks = frame["rtpTimestamp"];
      REQUIRE(stream.submit({payload, static_cast<FrameType>(frame["frameType"].get<int>()),
                             1'000'000 + ticks * 100'000 / 9, true}));
      auto datagrams = receive(client, frame["datagramCount"]);
      REQUIRE(datagrams.size() == frame["datagramCount"]);

      // The same frame made by itself, with latency 0 and no timestamp 0.
      const FrameShape shape{vector["packetSize"], vector["fecPercentage"],
                             vector["minRequiredFecPackets"], Oversize::kLessParity};
      VideoFrame expected(shape.packet_size, false);
      REQUIRE(expected.begin(payload.size(), shape));
      expected.place(payload);
      expected.label({.frame_index = frame["frameIndex"],
                      .first_packet = frame["blocks"][0]["firstSequence"],
                      .timestamp = static_cast<std::uint32_t>(std::max<std::int64_t>(ticks, 1)),
                      .type = static_cast<FrameType>(frame["frameType"].get<int>())});
      for (std::size_t b = 0; b < expected.plan().block_count; ++b) {
        expected.finish_data(b, 0, expected.plan().blocks[b].data);
        expected.finish_parity(b);
      }
      for (std::size_t d = 0; d < datagrams.size(); ++d) {
        REQUIRE(vectors::to_hex(datagrams[d]) ==
                vectors::to_hex({expected.shard(d), expected.shard_bytes()}));
      }
      if (frame["latencyTenthsOfMs"] == 0 && ticks > 0 && frame.contains("datagrams")) {
        for (std::size_t d = 0; d < datagrams.size(); ++d) {
          CHECK(vectors::to_hex(datagrams[d]) == frame["datagrams"][d]);
        }
      }
    }
    stream.close();
    const auto statistics = stream.take_statistics();
    CHECK(statistics.frames_sent == vector["frames"].size());
    CHECK(statistics.send_drops == 0);
    CHECK(statistics.send_errors == 0);
    CHECK_FALSE(statistics.latency.host_latency);
    CHECK(statistics.packetize);
    CHECK(stream.take_statistics().packets == 0);
  }
}

TEST_CASE("video stream: a least of parity may be raised, and a keyframe gets as much again") {
  LoopbackClient client;
  CounterSlot counters{};
  counters.video_frame = 1;
  VideoStream stream({.packet_size = 1360, .fec_percentage = 20, .min_fec_packets = 2}, counters);
  REQUIRE(stream.set_endpoint(client.endpoint()).ok());
  // Six packets of data.
  const Bytes picture(8000, 0x5A);
  const auto packets_of = [&](FrameType type, std::size_t expected) {
    REQUIRE(stream.submit({picture, type, 1'000'000, true}));
    return receive(client, expected).size();
  };
  CHECK(packets_of(FrameType::kPredicted, 6 + 2) == 6 + 2);
  CHECK(packets_of(FrameType::kIdr, 6 + 2) == 6 + 2);
  stream.set_min_fec_packets(7);
  CHECK(packets_of(FrameType::kPredicted, 6 + 7) == 6 + 7);
  CHECK(packets_of(FrameType::kIdr, 6 + 12) == 6 + 12);
  stream.set_min_fec_packets(2);
  CHECK(packets_of(FrameType::kIdr, 6 + 2) == 6 + 2);
  stream.close();
  CHECK(stream.take_statistics().packets == 3 * (6 + 2) + (6 + 7) + (6 + 12));
}

TEST_CASE("video stream: sealed frames open under fresh nonces, and parity restores lost shards") {
  const auto key = vectors::key("000102030405060708090a0b0c0d0e0f");
  LoopbackClient client;
  CounterSlot counters{};
  counters.video_frame = 5;
  counters.video_packet = 65'530;
  counters.video_nonce = 0xFFFF'FFF0;
  VideoStream stream({.packet_size = 1360, .key = key}, counters);
  REQUIRE(stream.set_endpoint(client.endpoint()).ok());
  std::uint64_t nonce = 0xFFFF'FFF0;
  std::uint16_t sequence = 65'530;
  for (std::uint32_t index = 5; index < 8; ++index) {
    const Bytes payload = vectors::generated(index, 60'000 + index);
    REQUIRE(stream.submit({payload, FrameType::kPredicted, now(), false}));
    const std::size_t data = (payload.size() + 8 + 1343) / 1344;
    const std::size_t parity = (data * 20 + 99) / 100;
    const auto datagrams = receive(client, data + parity);
    REQUIRE(datagrams.size() == data + parity);
    std::vector<Bytes> shards;
    for (const Bytes& datagram : datagrams) {
      REQUIRE(datagram.size() == 1408);
      std::uint64_t counter = 0;
      std::memcpy(&counter, datagram.data(), 8);
      CHECK(counter == nonce++);
      CHECK(read32le(datagram, 12) == index);
      shards.push_back(unseal(key, datagram));
      REQUIRE(shards.back().size() == 1376);
      CHECK(sequence_of(shards.back()) == sequence++);
    }
    // The frame header tells a latency and the bytes in the last shard.
    CHECK(shards[0][32] == 1);
    CHECK(shards[0][33] + shards[0][34] > 0);
    const std::size_t last = shards[0][36] | shards[0][37] << 8;
    const std::vector<Bytes> whole(shards.begin(), shards.begin() + static_cast<long>(data));
    CHECK(picture_of(whole, last) == payload);

    // Lose as many data shards as there is parity; columns that the receiver relies on come back.
    test::Shards received(shards.begin(), shards.end());
    for (std::size_t lost = 0; lost < parity; ++lost) received[lost * 3 % data].reset();
    const auto restored = test::decode(received, data, [&](std::size_t j, std::size_t i) {
      return galois::kInverse[(parity + i) ^ j];
    });
    REQUIRE(restored);
    CHECK(picture_of(*restored, last) == payload);
    for (std::size_t i = 0; i < data; ++i) {
      for (const std::size_t column : {16, 17, 18, 19, 24, 25}) {
        CHECK((*restored)[i][column] == shards[i][column]);
      }
    }
  }
  CHECK(counters.video_nonce == nonce);
  CHECK(counters.video_frame == 8);
  CHECK(stream.next_frame_index() == 8);
  stream.close();
  const auto statistics = stream.take_statistics();
  CHECK(statistics.latency.host_latency);
  CHECK(statistics.send);
  CHECK(statistics.bytes == statistics.packets * 1408);
}

TEST_CASE("video stream: an IDR has departed when its last packet has") {
  /// Holds a frame's packets up until it is opened.
  struct Gate final : Transport {
    void send_equal(const std::uint8_t*, std::size_t, std::size_t) override { open.wait(false); }
    [[nodiscard]] const char* method_name() const override { return "loopback"; }
    [[nodiscard]] const SendCounts& counts() const override { return none; }
    SendCounts none;
    std::atomic<bool> open = false;
  };
  const auto gate = std::make_shared<Gate>();
  CounterSlot counters{};
  counters.video_frame = 5;
  VideoStream stream({}, counters);
  stream.set_transport(gate);
  const Bytes payload = vectors::generated(1, 100);
  for (const FrameType type : {FrameType::kPredicted, FrameType::kIdr, FrameType::kPredicted}) {
    REQUIRE(stream.submit({payload, type, now(), false}));
  }
  CHECK(stream.keyframe_departure().index == 0);
  const Nanoseconds opened = now();
  gate->open = true;
  gate->open.notify_all();
  stream.close();
  CHECK(stream.keyframe_departure().index == 6);
  CHECK(stream.keyframe_departure().time >= opened);
  CHECK(stream.keyframe_departure().time <= now());
}

TEST_CASE("video stream: a successor goes on where the counters stand") {
  LoopbackClient client;
  CounterSlot counters{};
  const Bytes payload = vectors::generated(1, 100);
  std::vector<Bytes> datagrams;
  for (int process = 0; process < 2; ++process) {
    VideoStream stream({}, counters);
    REQUIRE(stream.set_endpoint(client.endpoint()).ok());
    for (int i = 0; i < 2; ++i) {
      REQUIRE(stream.submit({payload, FrameType::kPredicted, now(), false}));
      for (auto& datagram : receive(client, 3)) datagrams.push_back(std::move(datagram));
    }
  }
  REQUIRE(datagrams.size() == 12);
  for (std::size_t d = 0; d < 12; ++d) {
    CHECK(sequence_of(datagrams[d]) == d);
    // 0 is never a frame's index, even from counters that nobody set.
    CHECK(read32le(datagrams[d], 20) == 1 + d / 3);
    // Only the very first frame has timestamp 0.
    CHECK((read32be(datagrams[d], 4) == 0) == (d < 3));
  }
}

TEST_CASE("video stream: drops take no number: no endpoint, full queue, too large, closed") {
  LoopbackClient client;
  CounterSlot counters{};
  counters.video_frame = 1;
  // A link so slow that a frame of 20 packets takes over 0.1 s between its bursts.
  VideoStream stream({.link_bits_per_second = 1'000'000}, counters);
  const Bytes payload = vectors::generated(1, 20'000);
  const AccessUnit unit{payload, FrameType::kPredicted, now(), false};
  CHECK_FALSE(stream.submit(unit));
  REQUIRE(stream.set_endpoint(client.endpoint()).ok());
  CHECK(stream.submit(unit));
  CHECK(stream.submit(unit));
  CHECK(stream.submit(unit));
  CHECK_FALSE(stream.submit(unit));
  CHECK(counters.video_frame == 4);
  // All three arrive, in order; nothing that was dropped left a gap.
  const auto datagrams = receive(client, 54);
  REQUIRE(datagrams.size() == 54);
  for (std::size_t d = 0; d < 54; ++d) CHECK(read32le(datagrams[d], 20) == 1 + d / 18);
  const Bytes huge(4092 * 1376);
  CHECK_FALSE(stream.submit({huge, FrameType::kIdr, now(), false}));
  CHECK(counters.video_frame == 4);
  stream.close();
  stream.close();
  CHECK_FALSE(stream.submit(unit));
  const auto statistics = stream.take_statistics();
  CHECK(statistics.frames_dropped == 4);
  CHECK(statistics.frames_sent == 3);
}

TEST_CASE("video stream: a frame above four blocks keeps parity and restores") {
  LoopbackClient client;
  CounterSlot counters{};
  counters.video_frame = 1;
  VideoStream stream({}, counters);
  REQUIRE(stream.set_endpoint(client.endpoint()).ok());
  const Bytes payload = vectors::generated(3, 1'250'000);
  const auto plan = plan_frame(payload.size(), {});
  REQUIRE(plan);
  CHECK(plan->blocks[0].parity > 0);
  REQUIRE(stream.submit({payload, FrameType::kIdr, now(), false}));
  const auto datagrams = receive(client, plan->shards);
  REQUIRE(datagrams.size() == plan->shards);
  std::vector<Bytes> pieces;
  for (std::size_t b = 0; b < 4; ++b) {
    const BlockPlan& block = plan->blocks[b];
    test::Shards received;
    for (std::size_t s = 0; s < block.data + block.parity; ++s) {
      const Bytes& datagram = datagrams[block.first_shard + s];
      CHECK(datagram[27] == (3 << 6 | b << 4));
      CHECK(read32le(datagram, 28) == (block.data << 22 | s << 12 | block.percentage << 4));
      received.emplace_back(datagram);
    }
    received[b].reset();
    received[block.data / 2].reset();
    const auto restored = test::decode(received, block.data, [&](std::size_t j, std::size_t i) {
      return galois::kInverse[(block.parity + i) ^ j];
    });
    REQUIRE(restored);
    for (const auto& shard : *restored) pieces.push_back(shard);
  }
  CHECK(picture_of(pieces, plan->last_payload) == payload);
}

TEST_CASE("video stream: the endpoint moves, and a client that is gone is not fatal") {
  auto first = std::make_unique<LoopbackClient>();
  LoopbackClient second(AF_INET6);
  CounterSlot counters{};
  counters.video_frame = 1;
  VideoStream stream({}, counters);
  const Bytes payload = vectors::generated(1, 5000);
  const auto submit = [&] { return stream.submit({payload, FrameType::kPredicted, now(), false}); };
  REQUIRE(stream.set_endpoint(first->endpoint()).ok());
  REQUIRE(submit());
  CHECK(receive(*first, 6).size() == 6);
  first.reset();
  std::uint64_t sent = 0, errors = 0;
  const auto sent_reaches = [&](std::uint64_t frames) {
    for (int i = 0; i < 5000 && sent < frames; ++i) {
      const auto statistics = stream.take_statistics();
      sent += statistics.frames_sent;
      errors += statistics.send_errors;
      if (sent < frames) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return sent == frames;
  };
  for (std::uint64_t i = 0; i < 20; ++i) {
    REQUIRE(submit());
    REQUIRE(sent_reaches(2 + i));
  }
  CHECK(errors > 0);
  REQUIRE(stream.set_endpoint(second.endpoint()).ok());
  REQUIRE(submit());
  const auto datagrams = receive(second, 6);
  REQUIRE(datagrams.size() == 6);
  CHECK(read32le(datagrams[0], 20) == 22);
  CHECK_FALSE(stream.set_endpoint({"nonsense", 1, "127.0.0.1", 0}).ok());
  CHECK_FALSE(stream.set_endpoint({"127.0.0.1", 1, "::1", 0}).ok());
  CHECK_FALSE(stream.set_endpoint({"127.0.0.1", 1, "192.0.2.1", 0}).ok());
  // A refused address leaves the old one in place.
  REQUIRE(submit());
  CHECK(receive(second, 6).size() == 6);
}

TEST_CASE(
    "video stream: a method that is asked for is used, and segmentation once left stays left") {
  struct Case {
    SendMethod method;
    const char* name;
  };
  const char* automatic = segmentation_works() ? "gso" : "sendmmsg";
  for (const Case& wanted :
       {Case{SendMethod::kAuto, automatic}, Case{SendMethod::kSegmentation, "gso"},
        Case{SendMethod::kBatch, "sendmmsg"}, Case{SendMethod::kSingle, "send"}}) {
    CAPTURE(wanted.name);
    LoopbackClient client, moved;
    CounterSlot counters{};
    counters.video_frame = 1;
    VideoStream stream({.method = wanted.method}, counters);
    const Bytes payload = vectors::generated(1, 5000);
    const auto method_after_frame = [&](LoopbackClient& to) {
      REQUIRE(stream.submit({payload, FrameType::kPredicted, now(), false}));
      REQUIRE(receive(to, 6).size() == 6);
      // A frame is counted a moment after its last packet.
      for (int i = 0; i < 5000; ++i) {
        const auto statistics = stream.take_statistics();
        if (statistics.frames_sent > 0) return std::string(statistics.send_method);
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
      return std::string();
    };
    REQUIRE(stream.set_endpoint(client.endpoint()).ok());
    CHECK(method_after_frame(client) == wanted.name);
    stream.use_batches();
    const std::string left = wanted.method == SendMethod::kSingle ? "send" : "sendmmsg";
    CHECK(method_after_frame(client) == left);
    REQUIRE(stream.set_endpoint(moved.endpoint()).ok());
    CHECK(method_after_frame(moved) == left);
    const auto statistics = stream.take_statistics();
    CHECK(statistics.send_buffer.asked == 1 << 20);
    CHECK(statistics.send_buffer.granted > 0);
    CHECK(statistics.send_buffer.granted <= statistics.send_buffer.asked);
  }
}
