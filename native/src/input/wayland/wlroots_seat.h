#pragma once

#include <wayland-client.h>

#include <memory>
#include <string>

#include "base/result.h"
#include "virtual-keyboard-unstable-v1-client-protocol.h"
#include "wlr-virtual-pointer-unstable-v1-client-protocol.h"

namespace earthshine {

/// A connection to a compositor that takes virtual keyboards and pointers, with what they are made
/// of. Everything goes with the connection.
struct WlrootsSeat {
  struct Disconnect {
    void operator()(wl_display* display) const { wl_display_disconnect(display); }
  };

  std::unique_ptr<wl_display, Disconnect> display;
  wl_seat* seat = nullptr;
  /// the one that was asked for
  wl_output* output = nullptr;
  zwp_virtual_keyboard_manager_v1* keyboards = nullptr;
  zwlr_virtual_pointer_manager_v1* pointers = nullptr;
  /// of the session's keyboard; empty when it has none
  std::string keymap;
};

/// Waits for the compositor.
/// @param display name or path of its socket
/// @param output name of the output that positions belong to
Result<WlrootsSeat> open_wlroots_seat(const std::string& display, const std::string& output);

}  // namespace earthshine
