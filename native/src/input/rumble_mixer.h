#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "base/clock.h"

namespace earthshine {

/// 0…65535 per motor: `low` is the strong, slow one.
struct Rumble {
  std::uint16_t low = 0, high = 0;
  bool operator==(const Rumble&) const = default;
};

/// What a pad's motors do: the effects that a program uploaded, which of them play until when, and
/// the gain over all. Simultaneous effects add up to the motors' limit, as in the kernel's own
/// drivers.
class RumbleMixer {
 public:
  struct Effect {
    Rumble rumble;
    /// milliseconds; length 0 plays until it is stopped
    std::uint16_t delay = 0, length = 0;
  };

  /// Uploading to a number that plays changes what is felt at once; one that has ended stays ended.
  void upload(int id, const Effect& effect, Nanoseconds time);
  void erase(int id);
  /// @param count how often it plays; 0 stops it
  void play(int id, int count, Nanoseconds time);
  /// 0…65535, of FF_GAIN
  void set_gain(int gain);

  [[nodiscard]] Rumble at(Nanoseconds time) const;
  /// When `at` may change without anything happening; absent when never.
  [[nodiscard]] std::optional<Nanoseconds> next_change(Nanoseconds time) const;

 private:
  struct Slot {
    Effect effect;
    std::optional<Nanoseconds> started{};
    int count = 0;
  };

  std::map<int, Slot> slots_;
  int gain_ = 0xFFFF;
};

}  // namespace earthshine
