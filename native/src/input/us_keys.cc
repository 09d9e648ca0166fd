#include "input/us_keys.h"

#include <linux/input-event-codes.h>

#include <string_view>

namespace earthshine {

namespace {

struct Row {
  std::string_view plain, shifted;
  int first;
};

/// Rows of keys whose codes follow one another.
constexpr Row kRows[] = {
    {"1234567890-=", "!@#$%^&*()_+", KEY_1},
    {"qwertyuiop[]", "QWERTYUIOP{}", KEY_Q},
    {"asdfghjkl;'`", "ASDFGHJKL:\"~", KEY_A},
    {"\\zxcvbnm,./", "|ZXCVBNM<>?", KEY_BACKSLASH},
};

}  // namespace

std::optional<KeyStroke> us_key(char32_t character) {
  switch (character) {
    case U' ':
      return KeyStroke{KEY_SPACE, false};
    case U'\n':
    case U'\r':
      return KeyStroke{KEY_ENTER, false};
    case U'\t':
      return KeyStroke{KEY_TAB, false};
    case U'\b':
      return KeyStroke{KEY_BACKSPACE, false};
    default:
      break;
  }
  if (character < 0x21 || character > 0x7E) return std::nullopt;
  const auto byte = static_cast<char>(character);
  for (const auto& row : kRows) {
    if (const auto at = row.plain.find(byte); at != std::string_view::npos) {
      return KeyStroke{row.first + static_cast<int>(at), false};
    }
    if (const auto at = row.shifted.find(byte); at != std::string_view::npos) {
      return KeyStroke{row.first + static_cast<int>(at), true};
    }
  }
  return std::nullopt;
}

}  // namespace earthshine
