#pragma once

#include <xcb/xcb.h>

#include "capture/x11_connection.h"

namespace earthshine {

/// Tells when any pointer moves, by events of XInput 2: raw motion for every movement by a device,
/// wherever it is, and motion that reaches the root window for a pointer that a program sets to
/// another place. XFixes and XDamage are silent about both, and asking for the position all the
/// time would keep a still screen awake. libxcb-xinput is no part of a usual desktop, so the two
/// requests are written here.
class X11PointerWatch {
 public:
  /// Without XInput 2 nothing is ever told; the pointer is then looked for now and then.
  explicit X11PointerWatch(const X11Connection& connection);

  [[nodiscard]] bool works() const { return opcode_ != 0; }
  [[nodiscard]] bool is_motion(const xcb_generic_event_t& event) const;

 private:
  std::uint8_t opcode_ = 0;
};

}  // namespace earthshine
