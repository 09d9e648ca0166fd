#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"

namespace earthshine {

/// A contact (protocol 3 §3, touch). Positions are 0…1 of the whole desktop.
struct TouchEvent {
  enum class Kind { kDown, kMove, kUp, kCancel, kCancelAll, kHover, kHoverLeave };
  Kind kind = Kind::kMove;
  std::uint32_t pointer_id = 0;
  double x = 0, y = 0;
  /// 0…1, 0 unknown
  double pressure = 0;
  /// axes of the contact's ellipse, normalised, 0 unknown
  double major = 0, minor = 0;
  /// degrees 0…360
  std::optional<double> rotation{};
};

struct PenEvent {
  enum class Kind { kDown, kMove, kUp, kCancel, kHover, kHoverLeave, kButton };
  enum class Tool { kPen, kEraser };
  Kind kind = Kind::kMove;
  Tool tool = Tool::kPen;
  /// bit 0 primary, 1 secondary, 2 tertiary
  std::uint32_t buttons = 0;
  double x = 0, y = 0;
  /// pressure while touching, distance while hovering; 0…1, 0 unknown
  double pressure = 0;
  /// degrees from the vertical, 0…90, and direction, 0…360
  std::optional<double> tilt{}, rotation{};
};

/// One session's keyboard and mice. Every call writes at once; what a back end cannot do returns
/// false. Positions are 0…1 of the whole desktop: the kernel's devices know no part of it, and an X
/// server spreads them over all its monitors.
class PointerKeyboard {
 public:
  virtual ~PointerKeyboard() = default;
  /// @param code evdev key code (`KEY_*`)
  virtual bool key(int code, bool down) = 0;
  virtual void move_relative(int dx, int dy) = 0;
  virtual void move_absolute(double x, double y) = 0;
  /// @param code evdev button code (`BTN_*`)
  virtual void button(int code, bool down) = 0;
  /// 120 a notch, up and right positive
  virtual void scroll(int vertical, int horizontal) = 0;
  virtual bool text(char32_t code_point) = 0;
  virtual bool touch(const TouchEvent& event) = 0;
  virtual bool pen(const PenEvent& event) = 0;
  /// False once what the devices belong to is gone for good: an X server that ended.
  [[nodiscard]] virtual bool alive() { return true; }
  /// Becomes readable when the devices' server says something, its end for one; alive() then reads
  /// it. -1: there is none.
  [[nodiscard]] virtual int descriptor() const { return -1; }
  /// Releases everything that is held; the devices stay.
  virtual void release() {}
  /// Releases everything that is held and removes the devices. May be called twice; nothing has an
  /// effect afterwards.
  virtual void close() = 0;
};

/// Virtual devices of the kernel. Fails with a sentence when /dev/uinput is missing or forbidden.
Result<std::unique_ptr<PointerKeyboard>> open_uinput_pointer_keyboard(const std::string& name);

/// The XTEST extension of an X server. Touch and pen move the pointer: the first contact is the
/// left button, the pen's buttons are the middle and the right one; further contacts are refused.
/// @param display empty: the environment's DISPLAY
Result<std::unique_ptr<PointerKeyboard>> open_xtest_pointer_keyboard(const std::string& display);

/// The virtual keyboard and pointer of a wlroots compositor (sway, labwc). Positions are 0…1 of one
/// output. It has neither touch nor pen. Waits for the compositor.
/// @param display name or path of its Wayland socket
/// @param output name of the output
Result<std::unique_ptr<PointerKeyboard>> open_wlroots_pointer_keyboard(const std::string& display,
                                                                       const std::string& output);

/// Absent when the back end can be opened, else why not.
std::optional<std::string> uinput_fault();
std::optional<std::string> xtest_fault(const std::string& display);

}  // namespace earthshine
