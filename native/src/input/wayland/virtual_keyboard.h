#pragma once

#include <xkbcommon/xkbcommon.h>

#include <cstdint>
#include <memory>
#include <set>
#include <string>

#include "virtual-keyboard-unstable-v1-client-protocol.h"

namespace earthshine {

/// XKB's key codes are evdev's plus this.
inline constexpr int kKeycodeOffset = 8;

template <auto Destroy>
struct XkbUnref {
  template <typename T>
  void operator()(T* object) const {
    Destroy(object);
  }
};
using XkbContext = std::unique_ptr<xkb_context, XkbUnref<xkb_context_unref>>;
using XkbKeymap = std::unique_ptr<xkb_keymap, XkbUnref<xkb_keymap_unref>>;
using XkbState = std::unique_ptr<xkb_state, XkbUnref<xkb_state_unref>>;

/// One zwp_virtual_keyboard_v1. The compositor follows no modifiers by itself: they are told with
/// the keys that change them.
class VirtualKeyboard {
 public:
  explicit VirtualKeyboard(zwp_virtual_keyboard_v1* keyboard) : keyboard_(keyboard) {}
  ~VirtualKeyboard();
  VirtualKeyboard(const VirtualKeyboard&) = delete;
  VirtualKeyboard& operator=(const VirtualKeyboard&) = delete;

  /// @param text of the keymap, as xkbcommon reads it; false when it cannot be used
  bool set_keymap(xkb_context* context, const std::string& text);
  /// @param code evdev's; false when the keymap has no such key
  bool key(std::uint32_t time, int code, bool down);
  void release_all(std::uint32_t time);

 private:
  void tell_modifiers();

  zwp_virtual_keyboard_v1* keyboard_;
  XkbKeymap keymap_;
  XkbState state_;
  std::set<int> held_;
};

}  // namespace earthshine
