#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "audio/audio_track.h"
#include "audio/multistream_encoder.h"

struct OpusMSDecoder;

namespace earthshine::test {

/// A track and what a client would hear of it.
class Listener {
 public:
  struct Notice {
    std::string message;
    bool recovered;
  };

  Listener(const OpusLayout& layout, AudioTrackOptions::Source source,
           const std::string& sink = {});
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  [[nodiscard]] bool opened() const { return track_ != nullptr; }
  void close();
  [[nodiscard]] int packets() const;
  [[nodiscard]] std::vector<Notice> notices() const;
  /// Amplitude of a tone on one channel in the last fifth of a second.
  [[nodiscard]] double amplitude(int channel, double hertz) const;
  /// Waits until the tone's amplitude on a channel lies in a range. A busy machine tears holes into
  /// the sound now and then, so one measurement says little.
  [[nodiscard]] bool settles(int channel, double hertz, double lowest, double highest,
                             double seconds = 30) const;

 private:
  const OpusLayout layout_;
  OpusMSDecoder* decoder_ = nullptr;
  mutable std::mutex mutex_;
  std::vector<float> heard_;
  std::vector<Notice> notices_;
  int packets_ = 0;
  std::unique_ptr<AudioTrack> track_;
};

}  // namespace earthshine::test
