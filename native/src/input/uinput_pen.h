#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "input/pointer_keyboard.h"
#include "input/uinput_device.h"

namespace earthshine {

/// A pen display: pen and eraser, pressure, distance, tilt, three buttons.
class UinputPen {
 public:
  static std::optional<UinputPen> create(const std::string& name);
  explicit UinputPen(UinputDevice device) : device_(std::move(device)) {}
  UinputPen(UinputPen&&) = default;
  UinputPen& operator=(UinputPen&&) = default;
  /// Takes the pen away.
  ~UinputPen();

  bool handle(const PenEvent& event);

 private:
  void tool(int code);
  void buttons(std::uint32_t held);
  void touch(bool touching);
  void place(const PenEvent& event);

  UinputDevice device_;
  /// BTN_TOOL_PEN, BTN_TOOL_RUBBER, or 0 while the pen is away
  int tool_ = 0;
  bool touching_ = false;
  std::uint32_t buttons_ = 0;
};

}  // namespace earthshine
