#pragma once

#include <array>
#include <cstdint>

#include "base/clock.h"
#include "encode/access_unit.h"
#include "net/departure.h"

namespace earthshine {

/// What one viewer needs of the next frame.
struct FrameWish {
  /// an IDR
  bool keyframe = false;
  /// nothing may refer to the encoder's frames from this number on; 0: no wish
  std::uint64_t invalidate_from = 0;
  /// of Recovery: frames that were begun before a restart answer nothing after it
  std::uint32_t since_restart = 0;
};

/// What one viewer has lost, and how the next frame makes up for it (protocol 2 §B.4, 4 §7). It
/// keeps which of the client's frame indices was which frame of the encoder. Values in, values out;
/// the owner sees to it that one thread is in it at a time.
class Recovery {
 public:
  /// `client_invalidates`: the client announced that it can do without an IDR, so frames that the
  /// sender dropped are invalidated too.
  explicit Recovery(bool client_invalidates) : client_invalidates_(client_invalidates) {}

  enum class Answer : std::uint8_t {
    /// the next frame is an IDR
    kKeyframe,
    /// the next frame refers to nothing that was lost
    kInvalidation,
    /// an IDR that is on its way answers this too
    kMerged,
    /// a frame that is on its way answers this too
    kHandled,
  };

  /// `departed`: the newest IDR that has left as a whole. `round_trip` 0: unknown, so only one that
  /// has not left counts as being on its way.
  Answer keyframe_requested(Nanoseconds time, Nanoseconds round_trip, const Departure& departed);
  /// Frames `first`…`last` must not be referred to; widened to all that was encoded since `first`.
  /// What is too old, or was never sent, can only be answered by an IDR.
  Answer invalidation_requested(std::uint32_t first, std::uint32_t last, Nanoseconds time);
  /// The frames come from another encoder now, or go to another place: what was sent before is of
  /// no use, and the next frame must be an IDR.
  void restart();

  /// What the frame that is encoded now must do. `sent` or `dropped` follows.
  FrameWish begin_frame();
  /// The type that the client is told.
  static FrameType type_for(const FrameWish& wish, FrameType encoded);
  void sent(std::uint32_t index, const AccessUnit& unit, const FrameWish& wish, Nanoseconds time);
  void dropped(const AccessUnit& unit, const FrameWish& wish);

  /// Whether this client causes so many keyframes or invalidations that others should not share its
  /// encode: more than three keyframes, or twenty invalidations, in about five seconds.
  [[nodiscard]] bool restless(Nanoseconds time) const;

 private:
  /// At 240 frames a second a second's worth; encoders keep 16 references at most.
  static constexpr std::size_t kRemembered = 256;
  struct Sent {
    std::uint32_t index = 0;
    /// 0: none
    std::uint64_t number = 0;
  };

  [[nodiscard]] std::uint64_t number_of(std::uint32_t index) const;
  Answer want_keyframe(Nanoseconds time);
  void charge(Nanoseconds time, double weight);
  [[nodiscard]] double burden(Nanoseconds time) const;

  const bool client_invalidates_;
  std::uint32_t restarts_ = 0;
  bool keyframe_wanted_ = true, keyframe_at_work_ = false;
  /// 0: none
  std::uint64_t wanted_from_ = 0, at_work_from_ = 0;
  std::array<Sent, kRemembered> sent_{};
  /// the newest frame that an IDR or an invalidation made free of what was lost, and from which
  /// number on it refers to nothing (an IDR: 0)
  std::uint32_t answer_index_ = 0;
  std::uint64_t answer_from_ = 0;
  bool answered_ = false, keyframe_sent_ = false;
  std::uint32_t keyframe_index_ = 0;
  double burden_ = 0;
  Nanoseconds burden_time_ = 0;
};

}  // namespace earthshine
