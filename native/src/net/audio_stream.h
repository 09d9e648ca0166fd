#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "base/result.h"
#include "net/endpoint.h"
#include "packet/counters.h"

namespace earthshine {

struct AudioStreamOptions {
  /// milliseconds per packet, 5 or 10
  int packet_duration = 5;
  std::optional<std::array<std::uint8_t, 16>> key{};
  /// rikeyid as u32
  std::uint32_t key_id = 0;
  bool dscp = true;
};

struct AudioStreamStatistics {
  std::uint64_t packets = 0, bytes = 0, send_drops = 0, send_errors = 0;

  /// ViewerStatistics
  template <typename Visit>
  void each(Visit&& visit) const {
    visit("audioPackets", packets);
    visit("audioBytes", bytes);
  }
};

/// One viewer's Opus packets on their way to the wire: RTP header, AES-CBC, two parity packets
/// after every fourth (protocol 5). Called from the audio thread alone, except `set_endpoint`.
class AudioStream {
 public:
  AudioStream(const AudioStreamOptions& options, CounterSlot& counters);
  ~AudioStream();
  AudioStream(const AudioStream&) = delete;
  AudioStream& operator=(const AudioStream&) = delete;

  /// Sends one Opus packet. While no endpoint is known it is dropped and has no number. After a
  /// restart no parity is sent until a sequence divisible by 4.
  void send(std::span<const std::uint8_t> opus);
  Result<bool> set_endpoint(const Endpoint& endpoint);
  AudioStreamStatistics take_statistics();

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace earthshine
