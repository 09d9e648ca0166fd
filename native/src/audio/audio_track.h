#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/thread_class.h"

namespace earthshine {

struct AudioTrackOptions {
  int channels = 2;
  int streams = 1;
  int coupled_streams = 1;
  std::vector<std::uint8_t> mapping{0, 1};
  int bitrate = 96'000;
  /// milliseconds, 5 or 10
  int packet_duration = 5;

  enum class Source { kSink, kDefaultMonitor, kSilence };
  Source source = Source::kSilence;
  /// PipeWire node name, for kSink
  std::string sink{};
};

/// One viewer's sound: a reader of a sink's monitor, an Opus encoder, and a thread that hands out
/// one packet every `packet_duration`, exactly at 48 kHz in the long run. When the audio server
/// goes away the packets go on as silence and the reader comes back by itself.
class AudioTrack {
 public:
  using OnPacket = std::function<void(std::span<const std::uint8_t> opus)>;
  using OnNotice = std::function<void(std::string message, bool recovered)>;

  /// Both callbacks run on the track's own threads.
  static Result<std::unique_ptr<AudioTrack>> open(const AudioTrackOptions& options,
                                                  OnPacket on_packet, OnNotice on_notice);
  virtual ~AudioTrack() = default;
  /// Another sink from about a fifth of a second on, by its node name; empty: whatever is the
  /// default. A track that was opened with silence stays silent.
  virtual void follow(const std::string& sink) = 0;
  /// How the thread that hands out packets is scheduled.
  [[nodiscard]] virtual ThreadClass thread_class() const = 0;
  /// May be called twice; no callback runs after it returns.
  virtual void close() = 0;
};

}  // namespace earthshine
