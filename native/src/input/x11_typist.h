#pragma once

#include <xcb/xcb.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "input/held_input.h"
#include "input/x11_locks.h"

namespace earthshine {

/// The keysym that stands for a code point; 0 for control characters without a key.
std::uint32_t keysym_of(char32_t code_point);

/// Types characters into an X server. A character that the layout has on a plain or shifted key is
/// typed there; any other is put on a key code that the layout leaves free, of which the one that
/// was used least lately is taken, because programs read the new layout only when they get to it.
/// Caps Lock is taken away for the moment: programs make capitals of what is typed under it, also
/// of a key that has nothing but a small letter.
class X11Typist {
 public:
  /// @param held is told of key codes before they are borrowed, and when they were given back
  X11Typist(xcb_connection_t* connection, xcb_window_t root, HeldInput& held)
      : connection_(connection), root_(root), locks_(connection), held_(held) {}

  /// False when the character has no key symbol or no key code is free.
  bool type(char32_t code_point);
  /// The layout was changed; it is read anew before the next character.
  void forget() { layout_.clear(); }
  /// Takes the characters off the free key codes again.
  void restore();

 private:
  struct Spare {
    std::uint8_t keycode;
    std::uint32_t keysym;
    std::uint64_t used;
  };
  struct Place {
    std::uint8_t keycode;
    bool shift;
  };

  bool type_unlocked(std::uint32_t keysym, std::uint16_t state);
  bool read_layout();
  [[nodiscard]] std::uint32_t symbol(std::uint8_t keycode, std::size_t column) const;
  [[nodiscard]] std::optional<Place> find(std::uint32_t keysym, std::size_t columns) const;
  std::optional<std::uint8_t> borrow(std::uint32_t keysym);
  void assign(std::uint8_t keycode, std::uint32_t keysym);
  void stroke(std::uint8_t keycode);

  xcb_connection_t* connection_;
  const xcb_window_t root_;
  X11Locks locks_;
  HeldInput& held_;
  std::vector<std::uint32_t> layout_;
  std::uint8_t first_keycode_ = 8;
  std::size_t columns_ = 1;
  std::vector<Spare> spares_;
  std::uint64_t uses_ = 0;
};

}  // namespace earthshine
