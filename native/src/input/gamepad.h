#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "input/rumble_mixer.h"

namespace earthshine {

/// GameStream's bits of a controller's buttons (protocol 3 §3, multi controller).
enum PadButton : std::uint32_t {
  kPadUp = 0x1,
  kPadDown = 0x2,
  kPadLeft = 0x4,
  kPadRight = 0x8,
  kPadStart = 0x10,
  kPadBack = 0x20,
  kPadLeftStick = 0x40,
  kPadRightStick = 0x80,
  kPadLeftShoulder = 0x100,
  kPadRightShoulder = 0x200,
  kPadGuide = 0x400,
  kPadA = 0x1000,
  kPadB = 0x2000,
  kPadX = 0x4000,
  kPadY = 0x8000,
  kPadPaddle1 = 0x1'0000,
  kPadPaddle2 = 0x2'0000,
  kPadPaddle3 = 0x4'0000,
  kPadPaddle4 = 0x8'0000,
  kPadTouchpad = 0x10'0000,
  kPadMisc = 0x20'0000,
};

/// A full state, as a client sends it: sticks with up positive.
struct PadState {
  std::uint32_t buttons = 0;
  std::uint8_t left_trigger = 0, right_trigger = 0;
  std::int16_t left_x = 0, left_y = 0, right_x = 0, right_y = 0;
  bool operator==(const PadState&) const = default;
};

enum class PadKind { kXbox, kPlaystation, kNintendo };

/// One virtual pad with force feedback, through /dev/uinput.
class Gamepad {
 public:
  /// On the pad's own thread, on change only; with 0, 0 when an effect ends.
  using OnRumble = std::function<void(Rumble rumble)>;

  static Result<std::unique_ptr<Gamepad>> open(PadKind kind, const std::string& name,
                                               OnRumble on_rumble);
  virtual ~Gamepad() = default;
  /// @return false when a pressed button has no counterpart on this kind; the others are passed on
  virtual bool state(const PadState& state) = 0;
  /// Removes the pad; no call to OnRumble after it returns. May be called twice.
  virtual void close() = 0;
};

}  // namespace earthshine
