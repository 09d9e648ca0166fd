#pragma once

#include <optional>
#include <string>

#include "input/pointer_keyboard.h"
#include "input/touch_slots.h"
#include "input/uinput_device.h"

namespace earthshine {

/// Where the axes of a position end, whatever points; the desktop scales it to its screens.
inline constexpr int kPositionRange = 65'535;

/// 0…1 on an axis that ends at `maximum`.
int axis_position(double at, int maximum);

/// A touch screen of the kernel's multi-touch protocol, type B.
class UinputTouch {
 public:
  static std::optional<UinputTouch> create(const std::string& name);
  explicit UinputTouch(UinputDevice device) : device_(std::move(device)) {}
  UinputTouch(UinputTouch&&) = default;
  UinputTouch& operator=(UinputTouch&&) = default;
  /// Lifts every contact.
  ~UinputTouch();

  /// False for a contact beyond the device's slots.
  bool handle(const TouchEvent& event);

 private:
  void place(int slot, const TouchEvent& event);
  void lift(int slot);
  void lift_all();
  void finish();

  UinputDevice device_;
  TouchSlots slots_;
  int next_tracking_id_ = 0;
  bool touching_ = false;
  /// whose position the single-touch axes show
  int leader_ = -1;
};

}  // namespace earthshine
