// What receiving costs: UdpSource against a sender that blasts over loopback, and the receiver's
// work per packet. On few cores sender and receiver share one, so beside the rate of the wire the
// receiving thread's own CPU time is told: what one core could take.

#include <netinet/udp.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <memory>
#include <thread>

#include "measure.h"
#include "net/media_socket.h"
#include "net/udp_source.h"
#include "packet/video_frame.h"
#include "packet/video_sealer.h"
#include "receive/video_receiver.h"

namespace earthshine::bench {

namespace {

constexpr std::size_t kDatagram = 1408;
constexpr std::size_t kTrain = 46;
constexpr Nanoseconds kBlast = 3'000'000'000;
/// Any free port; nothing else listens during a benchmark.
constexpr std::uint16_t kPort = 47'411;

struct Blast {
  double gigabits = 0, sent_gigabits = 0, cpu_gigabits = 0, per_call = 0;
  std::uint64_t sent = 0, received = 0, overflowed = 0;
};

void send_for(const MediaSocket& socket, bool segmented, std::atomic<std::uint64_t>& sent) {
  const Bytes bytes = pattern(kTrain * kDatagram);
  const int segment = segmented ? static_cast<int>(kDatagram) : 0;
  setsockopt(socket.descriptor(), SOL_UDP, UDP_SEGMENT, &segment, sizeof segment);
  const Nanoseconds end = now() + kBlast;
  while (now() < end) {
    if (segmented) {
      if (send(socket.descriptor(), bytes.data(), bytes.size(), 0) > 0) sent += kTrain;
    } else {
      for (std::size_t i = 0; i < kTrain; ++i) {
        if (send(socket.descriptor(), &bytes[i * kDatagram], kDatagram, 0) > 0) ++sent;
      }
    }
  }
}

Blast blast(bool segmented) {
  Blast result;
  auto source = UdpSource::open({.address = "127.0.0.1", .port = kPort, .largest = kDatagram});
  if (!source) return result;
  const auto socket =
      MediaSocket::open({"127.0.0.1", source.value()->local_port(), "127.0.0.1", kPort},
                        kVideoMarking, false, 4 << 20);
  if (!socket) return result;
  std::atomic<std::uint64_t> sent = 0;
  const Nanoseconds started = now();
  std::thread sender([&] { send_for(*socket.value(), segmented, sent); });
  const double cpu_started = cpu_time();
  std::uint64_t bytes = 0;
  const DatagramSource::OnDatagram count = [&](std::span<std::uint8_t> datagram, Nanoseconds) {
    bytes += datagram.size();
  };
  while (now() < started + kBlast + 100'000'000) {
    if (!source.value()->receive(count, now() + 50'000'000)) break;
  }
  const double cpu = cpu_time() - cpu_started;
  sender.join();
  const ReceiveCounts& counts = source.value()->counts();
  const double seconds = static_cast<double>(kBlast) / 1e9;
  const double bits = static_cast<double>(bytes) * 8;
  result.gigabits = bits / 1e9 / seconds;
  result.sent_gigabits = static_cast<double>(sent) * kDatagram * 8 / 1e9 / seconds;
  result.cpu_gigabits = bits / 1e3 / cpu;
  result.per_call = static_cast<double>(counts.datagrams) / static_cast<double>(counts.calls);
  result.sent = sent;
  result.received = counts.datagrams;
  result.overflowed = counts.overflowed;
  return result;
}

void bench_socket() {
  std::printf("UDP over loopback, datagrams of %zu bytes, 3 s each\n", kDatagram);
  for (const bool segmented : {true, false}) {
    const Blast result = blast(segmented);
    std::printf(
        "  %-12s %.2f of %.2f Gbit/s, %.2f Gbit per CPU second of the receiver, %.1f datagrams a "
        "call, lost %.4f %% (%llu by a full buffer)\n",
        segmented ? "segmented" : "one by one", result.gigabits, result.sent_gigabits,
        result.cpu_gigabits, result.per_call,
        result.sent
            ? 100 - 100 * static_cast<double>(result.received) / static_cast<double>(result.sent)
            : 0,
        static_cast<unsigned long long>(result.overflowed));
  }
}

struct Silent final : VideoEvents {
  std::size_t frames = 0;
  void on_frame(const ReceivedFrame&) override { ++frames; }
  void on_lost(std::uint32_t, std::uint32_t) override {}
  void on_damaged(const BlockStatus&) override {}
  void on_violation(const Violation&) override {}
};

/// Datagrams of a stream, back to back.
struct Recording {
  std::size_t size = 0, count = 0;
  Bytes bytes;

  Recording(bool sealed, int frames, std::size_t frame_bytes, std::size_t lost_of_100) {
    constexpr std::size_t kPacketSize = kDatagram - 16;
    size = kDatagram + (sealed ? kSealBytes : 0);
    VideoSealer sealer({});
    VideoFrame frame(kPacketSize, false);
    const Bytes picture = pattern(frame_bytes);
    std::uint32_t packet = 0;
    for (int index = 1; index <= frames; ++index) {
      frame.begin(picture.size(),
                  {.packet_size = kPacketSize, .fec_percentage = 20, .min_parity = 2});
      frame.place(picture);
      frame.label({.frame_index = static_cast<std::uint32_t>(index),
                   .first_packet = packet,
                   .timestamp = static_cast<std::uint32_t>(index),
                   .type = FrameType::kIdr});
      for (std::size_t b = 0; b < frame.plan().block_count; ++b) {
        frame.finish_data(b, 0, frame.plan().blocks[b].data);
        frame.finish_parity(b);
      }
      for (std::size_t i = 0; i < frame.plan().shards; ++i, ++packet) {
        if (i * 37 % 100 < lost_of_100) continue;
        const std::size_t at = bytes.size();
        bytes.resize(at + size);
        if (sealed) {
          if (!sealer.seal(packet, static_cast<std::uint32_t>(index), {frame.shard(i), kDatagram},
                           &bytes[at])) {
            return;
          }
        } else {
          std::memcpy(&bytes[at], frame.shard(i), kDatagram);
        }
        ++count;
      }
    }
  }
};

void bench_receiver() {
  constexpr int kFrames = 40;
  constexpr std::size_t kFrameBytes = 100'000;
  std::printf("\nreceiver, ns per packet, frames of %zu bytes with 20 %% parity\n", kFrameBytes);
  struct Kind {
    const char* name;
    bool sealed;
    std::size_t lost;
  };
  std::vector<std::unique_ptr<Recording>> recordings;
  std::vector<Contestant> contestants;
  for (const Kind kind : {Kind{"plain", false, 0}, Kind{"plain, 10 % lost", false, 10},
                          Kind{"sealed", true, 0}, Kind{"sealed, 10 % lost", true, 10}}) {
    recordings.push_back(std::make_unique<Recording>(kind.sealed, kFrames, kFrameBytes, kind.lost));
    const Recording& recording = *recordings.back();
    // Opening spoils the datagrams, so each run works on a copy; that is measured beside.
    auto copy = std::make_shared<Bytes>(recording.bytes);
    contestants.push_back(
        {kind.name, [&recording, copy, kind] {
           std::memcpy(copy->data(), recording.bytes.data(), copy->size());
           Silent silent;
           VideoReceiver receiver({.packet_size = kDatagram - 16,
                                   .key = kind.sealed ? std::optional<std::array<std::uint8_t, 16>>(
                                                            std::array<std::uint8_t, 16>{})
                                                      : std::nullopt},
                                  silent);
           for (std::size_t i = 0; i < recording.count; ++i) {
             receiver.push({copy->data() + i * recording.size, recording.size}, 1);
           }
           if (silent.frames != kFrames) std::printf("  frames are missing\n");
         }});
  }
  auto copy = std::make_shared<Bytes>(recordings[0]->bytes);
  contestants.push_back({"of which the copy", [&recordings, copy] {
                           std::memcpy(copy->data(), recordings[0]->bytes.data(), copy->size());
                         }});
  measure(contestants, 15, 2);
  for (std::size_t c = 0; c < contestants.size(); ++c) {
    const std::size_t packets = recordings[c % recordings.size()]->count;
    std::printf("  %-20s %.0f\n", contestants[c].name.c_str(),
                contestants[c].median() * 1000 / static_cast<double>(packets));
  }
}

}  // namespace

}  // namespace earthshine::bench

int main() {
  earthshine::bench::bench_socket();
  earthshine::bench::bench_receiver();
  return 0;
}
