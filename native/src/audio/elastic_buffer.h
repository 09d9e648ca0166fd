#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/clock.h"

namespace earthshine {

/// Sound between two clocks: an audio server writes in its own rhythm and at its own idea of
/// 48 kHz, the packet thread reads one packet per period of CLOCK_MONOTONIC.
///
/// What counts is the reserve: the fill that a read leaves behind, less what only luck of timing
/// put there (a portion that came just before the read would be missing had it come just after).
/// Its minimum within a quarter of a second does not depend on how large the server's portions are
/// and how they beat with the packets. Above the margin single frames are left out, below it single
/// frames are added, each by stretching one packet by a frame; far above it the surplus goes in one
/// cross-fade. A read that finds too little fades to silence and then waits
/// until the buffer is filled again, with a larger margin, which shrinks slowly while all goes
/// well.
///
/// `write` belongs to one thread, everything else to another one; neither ever waits or allocates.
class ElasticBuffer {
 public:
  ElasticBuffer(int channels, int packet_frames);

  /// Interleaved samples; what does not fit is dropped.
  void write(std::span<const float> samples, Nanoseconds time);

  /// Fills one packet of interleaved samples. False when any of it is silence for want of sound.
  bool read(std::span<float> packet, Nanoseconds time);

  /// Frames that lie ready.
  [[nodiscard]] std::size_t fill() const;
  [[nodiscard]] std::size_t margin() const { return margin_; }
  /// Reads that ran dry in the middle of sound.
  [[nodiscard]] std::uint64_t underruns() const { return underruns_; }

 private:
  struct State {
    std::size_t available;
    /// frames that the worst timing of the writer would take away
    std::int64_t luck;
  };
  [[nodiscard]] State state(Nanoseconds time) const;
  [[nodiscard]] float sample(std::size_t frame, std::size_t channel) const;
  void copy(std::span<float> packet, std::size_t frames) const;
  void stretch(std::span<float> packet, std::size_t consumed) const;
  void splice(std::span<float> packet, std::size_t surplus) const;
  void consume(std::size_t frames);
  void run_dry(std::span<float> packet, std::size_t available);
  void end_window();

  const std::size_t channels_;
  const std::size_t packet_;
  /// packets per control window
  const int window_;
  std::vector<float> ring_;

  // Frames since the beginning, so that their difference is the fill.
  std::atomic<std::uint64_t> written_ = 0;
  std::atomic<std::uint64_t> taken_ = 0;
  /// frames of the portion written last, and when that was
  std::atomic<std::size_t> portion_ = 0;
  std::atomic<Nanoseconds> written_at_ = 0;

  // The reader's own.
  bool filling_ = true;
  bool fade_in_ = false;
  bool first_window_ = true;
  std::size_t margin_;
  /// frames, below zero while reads live by luck
  std::int64_t smallest_reserve_ = 0;
  int packets_in_window_ = 0;
  /// frames to leave out (positive) or add (negative) in this window
  int correction_ = 0;
  /// packets until the next single correction
  int until_correction_ = 0;
  std::size_t surplus_ = 0;
  std::vector<float> last_frame_;
  std::uint64_t underruns_ = 0;
};

}  // namespace earthshine
