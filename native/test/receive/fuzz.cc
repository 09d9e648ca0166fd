#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>

#include "packet/video_sealer.h"
#include "receive/video_receiver.h"
#include "support/allocation_counter.h"
#include "support/vectors.h"
#include "support/video_packets.h"

using namespace earthshine;
using vectors::Bytes;

namespace {

constexpr std::size_t kPacketSize = 112;
const auto kKey = vectors::key("00112233445566778899aabbccddeeff");

/// How often each property is tried; more under EARTHSHINE_FUZZ_RUNS.
int runs() {
  const char* wanted = std::getenv("EARTHSHINE_FUZZ_RUNS");
  return wanted ? std::max(std::atoi(wanted), 1) : 200;
}

/// Checks what must hold whatever comes in, and keeps nothing that grows.
struct Watch final : VideoEvents {
  /// frames that were sent, when only these may come back
  const std::map<std::uint32_t, Bytes>* sent = nullptr;
  std::size_t largest = 4 * 1023 * (kPacketSize - 16);
  /// the latest frame that came back or was given up: hostile numbers may go on in several leaps
  std::uint32_t last = 0;
  std::size_t frames = 0;
  bool wrong = false;

  void on_frame(const ReceivedFrame& frame) override {
    ++frames;
    wrong |= frame.data.size() > largest || frame.first_packet_bytes > frame.data.size();
    wrong |= static_cast<std::int32_t>(frame.index - last) <= 0;
    last = frame.index;
    if (!sent) return;
    const auto found = sent->find(frame.index);
    wrong |= found == sent->end() || !std::ranges::equal(found->second, frame.data);
  }
  void on_lost(std::uint32_t first, std::uint32_t up_to) override {
    wrong |= static_cast<std::int32_t>(up_to - first) < 0;
    wrong |= static_cast<std::int32_t>(first - last) <= 0;
    last = up_to;
  }
  void on_damaged(const BlockStatus& block) override {
    wrong |= block.data == 0 || block.data > 1023 || block.block > block.last_block;
    wrong |= block.data_received > block.data || block.parity_received > block.parity;
  }
  void on_violation(const Violation& violation) override {
    wrong |= static_cast<int>(violation.code) >= kViolationCodes;
  }
};

/// Frames of a host, in shards.
struct Sent {
  std::map<std::uint32_t, Bytes> pictures;
  std::vector<Bytes> shards;
  std::vector<std::uint32_t> frame_of;

  Sent(std::mt19937_64& random, unsigned percentage) {
    std::uint32_t packet = static_cast<std::uint32_t>(random());
    for (std::uint32_t index = 1; index <= 12; ++index) {
      // Now and then a frame of several blocks.
      const std::size_t bytes = 1 + random() % (random() % 6 == 0 ? 40'000 : 1500);
      pictures[index] = vectors::generated(index, bytes);
      const auto packets = test::packets_of(
          pictures[index],
          {.packet_size = kPacketSize, .fec_percentage = percentage, .min_parity = 2},
          {.frame_index = index,
           .first_packet = packet,
           .timestamp = index * 1500,
           .type = index == 1 ? FrameType::kIdr : FrameType::kPredicted});
      packet += static_cast<std::uint32_t>(packets.size());
      for (const Bytes& shard : packets) {
        shards.push_back(shard);
        frame_of.push_back(index);
      }
    }
  }
};

void mutate(Bytes& datagram, std::mt19937_64& random) {
  const auto any = [&] { return static_cast<std::uint8_t>(random()); };
  switch (random() % 8) {
    case 0:
      datagram.resize(random() % (datagram.size() + 1));
      break;
    case 1:
      datagram.resize(datagram.size() + 1 + random() % 64, any());
      break;
    case 2:
      for (std::uint8_t& byte : datagram) byte = any();
      break;
    case 3:  // hostile shard counts, indexes and percentages
      if (datagram.size() >= 32) {
        for (std::size_t at = 27; at < 32; ++at) datagram[at] = any();
        datagram[27] &= 0xF0;
        datagram[28] &= 0xF0;
      }
      break;
    case 4:  // a frame far away, or the one beside
      if (datagram.size() >= 24) datagram[20 + random() % 4] ^= 1U << random() % 8;
      break;
    case 5:  // another sequence, in both places
      if (datagram.size() >= 24) {
        const std::uint8_t change = any();
        datagram[3] ^= change;
        datagram[17] ^= change;
      }
      break;
    default:
      for (std::uint64_t n = 1 + random() % 6; n > 0 && !datagram.empty(); --n) {
        datagram[random() % datagram.size()] ^= static_cast<std::uint8_t>(1U << random() % 8);
      }
  }
}

/// In a new order, some lost, some twice, some changed.
std::vector<Bytes> spoil(const std::vector<Bytes>& datagrams, std::mt19937_64& random) {
  std::vector<Bytes> spoilt;
  const std::uint64_t lost = random() % 20, twice = random() % 20, changed = random() % 30,
                      swapped = random() % 30;
  for (const Bytes& datagram : datagrams) {
    if (random() % 100 < lost) continue;
    spoilt.push_back(datagram);
    if (random() % 100 < twice) spoilt.push_back(datagram);
    if (random() % 100 < changed) {
      spoilt.push_back(datagram);
      mutate(spoilt.back(), random);
    }
    if (spoilt.size() > 3 && random() % 100 < swapped) {
      std::swap(spoilt.back(), spoilt[spoilt.size() - 2 - random() % 3]);
    }
  }
  return spoilt;
}

/// Feeds a receiver; nothing may be allocated meanwhile.
void feed(const VideoReceiverOptions& options, std::vector<Bytes>& datagrams, Watch& watch) {
  VideoReceiver receiver(options, watch);
  const auto before = test::allocations();
  Nanoseconds time = 0;
  for (Bytes& datagram : datagrams) {
    receiver.push(datagram, time += 100'000);
    if (const auto deadline = receiver.deadline()) {
      if (*deadline <= time) receiver.expire(time);
    }
  }
  receiver.expire(time + 1'000'000'000);
  CHECK_FALSE(receiver.deadline());
  // The first block of each size makes its table of the code; that is all.
  if (test::counts_allocations()) CHECK(test::allocations() - before < 500);
}

VideoReceiverOptions options_for(std::uint64_t seed, bool sealed) {
  VideoReceiverOptions options{.packet_size = kPacketSize,
                               .tolerance = {.packets = seed % 3 == 0 ? 24U : 0U}};
  if (sealed) options.key = kKey;
  return options;
}

}  // namespace

TEST_CASE("receiver fuzz: spoilt packets in the clear harm nothing") {
  for (int seed = 1; seed <= runs(); ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(static_cast<std::uint64_t>(seed));
    const Sent sent(random, 10 + random() % 60);
    auto datagrams = spoil(sent.shards, random);
    Watch watch;
    feed(options_for(random(), false), datagrams, watch);
    REQUIRE_FALSE(watch.wrong);
  }
}

TEST_CASE("receiver fuzz: of a sealed stream only frames come back that were sent") {
  VideoSealer sealer(kKey);
  std::size_t frames = 0;
  for (int seed = 1; seed <= runs(); ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(static_cast<std::uint64_t>(seed));
    const Sent sent(random, 10 + random() % 60);
    std::vector<Bytes> sealed;
    for (std::size_t i = 0; i < sent.shards.size(); ++i) {
      sealed.emplace_back(sent.shards[i].size() + kSealBytes);
      REQUIRE(sealer.seal(i, sent.frame_of[i], sent.shards[i], sealed.back().data()));
    }
    auto datagrams = spoil(sealed, random);
    Watch watch;
    watch.sent = &sent.pictures;
    feed(options_for(random(), true), datagrams, watch);
    REQUIRE_FALSE(watch.wrong);
    frames += watch.frames;
  }
  CHECK(frames > static_cast<std::size_t>(runs()) * 3);
}

TEST_CASE("receiver fuzz: noise is no stream") {
  std::mt19937_64 random(99);
  std::vector<Bytes> datagrams(static_cast<std::size_t>(runs()) * 20);
  for (Bytes& datagram : datagrams) {
    datagram.resize(random() % 3 == 0 ? random() % 300 : kPacketSize + 16);
    for (std::uint8_t& byte : datagram) byte = static_cast<std::uint8_t>(random());
    if (datagram.size() >= 32 && random() % 2 == 0) {
      datagram[0] = 0x90;
      datagram[20] &= 3;
      datagram[21] = datagram[22] = datagram[23] = 0;
      datagram[27] &= 0xF0;
      datagram[28] &= 0xF0;
    }
  }
  Watch watch;
  feed(options_for(0, false), datagrams, watch);
  CHECK_FALSE(watch.wrong);
}

TEST_CASE("receiver fuzz: the kept packets") {
  // Each file: u16 LE packet size, then datagrams, each behind its length as u16 LE.
  std::size_t files = 0;
  const auto folder = vectors::checkout() / "native/test/corpus/video-packets";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    CAPTURE(entry.path().filename().string());
    std::ifstream file(entry.path(), std::ios::binary);
    const std::vector<char> text{std::istreambuf_iterator<char>(file), {}};
    const Bytes bytes(text.begin(), text.end());
    const auto number = [&](std::size_t at) -> std::size_t {
      return bytes.at(at) | static_cast<std::size_t>(bytes.at(at + 1)) << 8;
    };
    std::vector<Bytes> datagrams;
    for (std::size_t at = 2; at < bytes.size();) {
      const std::size_t length = number(at);
      REQUIRE(at + 2 + length <= bytes.size());
      const auto from = bytes.begin() + static_cast<std::ptrdiff_t>(at + 2);
      datagrams.emplace_back(from, from + static_cast<std::ptrdiff_t>(length));
      at += 2 + length;
    }
    for (const std::size_t window : {0U, 8U}) {
      auto copies = datagrams;
      Watch watch;
      watch.largest = 4 * 1023 * 65'000;
      feed({.packet_size = number(0), .tolerance = {.packets = window}}, copies, watch);
      CHECK_FALSE(watch.wrong);
      copies = datagrams;
      feed({.packet_size = number(0), .key = kKey}, copies, watch);
    }
    ++files;
  }
  CHECK(files >= 8);
}
