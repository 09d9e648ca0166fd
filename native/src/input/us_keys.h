#pragma once

#include <optional>

namespace earthshine {

struct KeyStroke {
  /// evdev key code
  int code;
  bool shift;
};

/// The key that types an ASCII character, line feed, tab or backspace on a US layout.
std::optional<KeyStroke> us_key(char32_t character);

}  // namespace earthshine
