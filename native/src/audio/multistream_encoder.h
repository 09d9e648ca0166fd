#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"

struct OpusMSEncoder;

namespace earthshine {

/// Frames per second of everything that is sent to a client (protocol 5 §4).
inline constexpr int kSampleRate = 48'000;

/// The layout of one viewer's sound, as it was advertised and negotiated (protocol 5 §4).
struct OpusLayout {
  int channels = 2;
  int streams = 1;
  int coupled_streams = 1;
  /// encoder mapping E: entry c is the stream channel that carries input channel c
  std::vector<std::uint8_t> mapping{0, 1};
  /// bit/s over all streams
  int bitrate = 96'000;
  /// milliseconds, 5 or 10
  int packet_duration = 5;
};

/// Opus multistream at 48 kHz, restricted low delay, constant bitrate: every packet of a track has
/// the same length, because a client turns error correction off for good when the lengths within a
/// block differ (protocol 5 §2).
class MultistreamEncoder {
 public:
  static Result<MultistreamEncoder> open(const OpusLayout& layout);

  /// Samples per channel of one packet.
  [[nodiscard]] int frames() const { return frames_; }
  [[nodiscard]] int channels() const { return channels_; }
  /// Bytes of every packet.
  [[nodiscard]] std::size_t packet_bytes() const { return packet_.size(); }

  /// Encodes `frames() * channels()` interleaved samples, −1…1. The result is valid until the next
  /// call, and empty when the encoder refused, which the layout's check at opening rules out.
  std::span<const std::uint8_t> encode(std::span<const float> samples);

 private:
  struct Destroy {
    void operator()(OpusMSEncoder* encoder) const;
  };

  MultistreamEncoder() = default;

  std::unique_ptr<OpusMSEncoder, Destroy> encoder_;
  std::vector<std::uint8_t> packet_;
  int frames_ = 0;
  int channels_ = 0;
};

}  // namespace earthshine
