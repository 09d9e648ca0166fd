#include <doctest/doctest.h>

#include "packet/video_sealer.h"
#include "receive/nonce_check.h"
#include "support/video_packets.h"

using namespace earthshine;
using test::Receiving;
using vectors::Bytes;

namespace {

constexpr std::size_t kPacketSize = 112;
const auto kKey = vectors::key("000102030405060708090a0b0c0d0e0f");
const VideoReceiverOptions kOptions{.packet_size = kPacketSize, .key = kKey};

std::vector<Bytes> plain(std::uint32_t frame, std::uint32_t first_packet, std::size_t bytes = 300) {
  return test::packets_of(vectors::generated(frame, bytes),
                          {.packet_size = kPacketSize, .fec_percentage = 20, .min_parity = 2},
                          {.frame_index = frame,
                           .first_packet = first_packet,
                           .timestamp = frame * 1500,
                           .type = frame == 1 ? FrameType::kIdr : FrameType::kPredicted});
}

Bytes seal(const Bytes& shard, std::uint64_t counter, std::uint32_t frame) {
  static VideoSealer sealer(kKey);
  Bytes datagram(shard.size() + kSealBytes);
  REQUIRE(sealer.seal(counter, frame, shard, datagram.data()));
  return datagram;
}

std::vector<Bytes> sealed(const std::vector<Bytes>& shards, std::uint64_t counter,
                          std::uint32_t frame) {
  std::vector<Bytes> datagrams;
  for (const Bytes& shard : shards) datagrams.push_back(seal(shard, counter++, frame));
  return datagrams;
}

}  // namespace

TEST_CASE("receiver: sealed frames open in place and come back whole") {
  Receiving run(kOptions);
  CHECK(run.receiver.datagram_bytes() == kPacketSize + 16 + 32);
  const auto first = plain(1, 0);
  run.push(sealed(first, 0, 1));
  run.push(sealed(plain(2, static_cast<std::uint32_t>(first.size())), first.size(), 2));
  CHECK(run.heard.codes().empty());
  REQUIRE(run.heard.indexes() == std::vector<std::uint32_t>{1, 2});
  CHECK(run.heard.frames[1].bytes == vectors::generated(2, 300));
}

TEST_CASE("receiver: the counter may start anywhere and pass 2^32") {
  Receiving run(kOptions);
  run.push(sealed(plain(1, 65'533), 0xFFFF'FFFE, 1));
  CHECK(run.heard.codes().empty());
  CHECK(run.heard.frames.size() == 1);
}

TEST_CASE("receiver: what does not open with the key is named and counted") {
  Receiving run(kOptions);
  auto datagrams = sealed(plain(1, 0), 0, 1);
  datagrams[0][60] ^= 1;
  datagrams[1].resize(32);
  datagrams[2].resize(5);
  datagrams[3][11] = 'A';
  run.push(datagrams);
  CHECK(run.heard.codes() == std::vector<std::string>{"unopened"});
  CHECK(run.receiver.counters().unopened == 4);
}

TEST_CASE("receiver: one nonce for two packets, or nonces in another order than packets") {
  const auto packets = plain(1, 0);
  {
    Receiving run(kOptions);
    run.push(seal(packets[0], 7, 1));
    run.push(seal(packets[1], 7, 1));
    CHECK(run.heard.codes() == std::vector<std::string>{"nonce-reused"});
  }
  {
    Receiving run(kOptions);
    run.push(seal(packets[0], 7, 1));
    run.push(seal(packets[1], 6, 1));
    REQUIRE(run.heard.codes() == std::vector<std::string>{"nonce-order"});
    CHECK(run.heard.violations[0].seen == 6);
    CHECK(run.heard.violations[0].expected == 7);
  }
  {
    // The same packet sealed twice under two nonces.
    Receiving run(kOptions);
    run.push(seal(packets[0], 7, 1));
    run.push(seal(packets[0], 8, 1));
    CHECK(run.heard.codes() == std::vector<std::string>{"nonce-order"});
  }
}

TEST_CASE("receiver: a network that doubles and reorders makes no nonce violation") {
  Receiving run(kOptions);
  auto datagrams = sealed(plain(1, 0, 600), 0, 1);
  std::swap(datagrams[0], datagrams[3]);
  std::swap(datagrams[1], datagrams[2]);
  for (const Bytes& datagram : datagrams) {
    run.push(datagram);
    run.push(datagram);
  }
  CHECK(run.heard.codes().empty());
  CHECK(run.heard.frames.size() == 1);
}

TEST_CASE("nonce check: half the sequence numbers lost say nothing about the order") {
  NonceCheck check;
  CHECK_FALSE(check.see(0, 1, 0));
  CHECK_FALSE(check.see(40'000, 2, 40'000));
  CHECK_FALSE(check.see(40'001, 3, 40'001));
  CHECK(check.see(40'003, 4, 40'000));
  CHECK(check.see(40'003, 5, 40'003));
}

TEST_CASE("receiver: a clear frame number that is not the frame's") {
  Receiving run(kOptions);
  const auto packets = plain(1, 0);
  run.push(seal(packets[0], 0, 2));
  CHECK(run.heard.codes() == std::vector<std::string>{"clear-frame-number"});
}
