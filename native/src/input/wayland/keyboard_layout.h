#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "input/wayland/virtual_keyboard.h"

namespace earthshine {

/// Which keys type a character, for a keyboard whose keys are positions: found by trying every key
/// with xkbcommon, which is what the programs read them with.
class KeyboardLayout {
 public:
  struct Stroke {
    /// evdev key code
    int code;
    bool down;
  };
  /// What of the keyboard is so whatever is typed.
  struct State {
    /// bits of modifiers in the keymap's numbering, such as Caps Lock
    std::uint32_t locked = 0;
    /// the layout that is chosen among several
    std::uint32_t group = 0;
  };

  /// That of a Wayland session. Waits for the compositor; fails with a sentence, also where it has
  /// no keyboard yet.
  /// @param display name or path of its socket
  static Result<std::unique_ptr<KeyboardLayout>> read(const std::string& display);
  /// @param text as xkbcommon reads it; null when it is none
  static std::unique_ptr<KeyboardLayout> parse(const std::string& text);

  /// The strokes that type a character: its key with Shift or AltGr; where no key has it the
  /// toolkits' Unicode entry, Ctrl+Shift+U, the code in hexadecimal, and a space, which ends it
  /// with the least harm where a program does not know it. Empty: that cannot be typed either.
  /// @param held key codes that are down already; they are left as they are
  [[nodiscard]] std::vector<Stroke> strokes(char32_t code_point, std::span<const int> held,
                                            State state) const;

 private:
  KeyboardLayout(XkbContext context, XkbKeymap keymap)
      : context_(std::move(context)), keymap_(std::move(keymap)) {}

  bool add_key(std::vector<Stroke>& to, char32_t code_point, std::span<const int> held,
               State state) const;

  XkbContext context_;
  XkbKeymap keymap_;
};

}  // namespace earthshine
