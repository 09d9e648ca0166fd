#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "base/clock.h"
#include "receive/hold_back.h"
#include "receive/received_frame.h"

namespace earthshine {

struct VideoReceiverOptions {
  /// as announced: NV header and payload
  std::size_t packet_size = 1392;
  /// the session key, when the plane is sealed
  std::optional<std::array<std::uint8_t, 16>> key{};
  /// `x-nv-vqos[0].fec.minRequiredFecPackets` as announced; 2 by every stock client
  unsigned min_parity = 2;
  ReorderTolerance tolerance{};
};

/// Figures since the start.
struct VideoReceiverCounters {
  std::uint64_t datagrams = 0, bytes = 0;
  /// sealed datagrams that did not open
  std::uint64_t unopened = 0;
  /// packets that could be read
  std::uint64_t packets = 0;
  /// holes in the sequence numbers, less those that came late
  std::uint64_t missing_packets = 0;
  std::uint64_t duplicates = 0;
  /// packets that came for the first time after a higher sequence number
  std::uint64_t out_of_order = 0;
  std::uint64_t frames = 0, keyframes = 0;
  std::uint64_t violations = 0;
  AssemblyCounters assembly;
};

/// A client's video plane without its socket: datagrams in, frames out, one at a time. Opens sealed
/// datagrams in place, checks everything that a stock client relies on, recovers lost packets from
/// parity and tells what could not be saved. Belongs to one thread; allocates nothing after its
/// construction.
class VideoReceiver {
 public:
  /// `events` must outlive the receiver. The packet size is limited to 64 … 65,000.
  VideoReceiver(const VideoReceiverOptions& options, VideoEvents& events);
  ~VideoReceiver();
  VideoReceiver(const VideoReceiver&) = delete;
  VideoReceiver& operator=(const VideoReceiver&) = delete;

  /// Takes one datagram; its bytes may be changed.
  void push(std::span<std::uint8_t> datagram, Nanoseconds arrived);
  /// When `expire` should be called, if no datagram comes before.
  [[nodiscard]] std::optional<Nanoseconds> deadline() const;
  void expire(Nanoseconds time);
  [[nodiscard]] VideoReceiverCounters counters() const;
  /// Bytes of every datagram on this plane.
  [[nodiscard]] std::size_t datagram_bytes() const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace earthshine
