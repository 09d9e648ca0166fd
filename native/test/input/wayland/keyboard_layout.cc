#include "input/wayland/keyboard_layout.h"

#include <doctest/doctest.h>
#include <linux/input-event-codes.h>
#include <xkbcommon/xkbcommon-names.h>

#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

using namespace earthshine;

namespace {

/// A keyboard as a compositor has it, and what a program reads from it.
struct Keyboard {
  XkbContext context{xkb_context_new(XKB_CONTEXT_NO_FLAGS)};
  XkbKeymap keymap;
  std::unique_ptr<KeyboardLayout> layout;

  explicit Keyboard(const char* name) {
    xkb_rule_names names{};
    names.layout = name;
    keymap.reset(xkb_keymap_new_from_names(context.get(), &names, XKB_KEYMAP_COMPILE_NO_FLAGS));
    REQUIRE(keymap != nullptr);
    char* text = xkb_keymap_get_as_string(keymap.get(), XKB_KEYMAP_FORMAT_TEXT_V1);
    layout = KeyboardLayout::parse(text);
    std::free(text);
    REQUIRE(layout != nullptr);
  }

  [[nodiscard]] std::uint32_t caps_lock() const {
    return 1U << xkb_keymap_mod_get_index(keymap.get(), XKB_MOD_NAME_CAPS);
  }

  /// What a program sees of these strokes; a Unicode entry is read as the toolkits do.
  [[nodiscard]] std::u32string typed(std::u32string_view text, KeyboardLayout::State state,
                                     const std::vector<int>& held = {}) const {
    const XkbState reading(xkb_state_new(keymap.get()));
    xkb_state_update_mask(reading.get(), 0, 0, state.locked, 0, 0, state.group);
    for (const int code : held) xkb_state_update_key(reading.get(), code + 8, XKB_KEY_DOWN);
    std::u32string result, entry;
    bool in_entry = false;
    for (const char32_t character : text) {
      for (const auto& [code, down] : layout->strokes(character, held, state)) {
        if (down) {
          const auto control = xkb_state_mod_name_is_active(reading.get(), XKB_MOD_NAME_CTRL,
                                                            XKB_STATE_MODS_EFFECTIVE);
          const auto symbol = xkb_state_key_get_one_sym(reading.get(), code + 8);
          const char32_t read = xkb_state_key_get_utf32(reading.get(), code + 8);
          if (control > 0 && (symbol == XKB_KEY_U || symbol == XKB_KEY_u)) {
            in_entry = true;
          } else if (in_entry && read == U' ') {
            result += static_cast<char32_t>(
                std::stoul(std::string(entry.begin(), entry.end()), nullptr, 16));
            entry.clear();
            in_entry = false;
          } else if (read != 0 && control <= 0) {
            (in_entry ? entry : result) += read;
          }
        }
        xkb_state_update_key(reading.get(), code + 8, down ? XKB_KEY_DOWN : XKB_KEY_UP);
      }
    }
    return result;
  }
};

}  // namespace

TEST_CASE("keyboard layout: text is what a program reads, with Caps Lock on too") {
  for (const char* name : {"us", "de", "fr", "es", "us(dvorak)"}) {
    CAPTURE(name);
    const Keyboard keyboard(name);
    for (const auto locked : {0U, keyboard.caps_lock()}) {
      CAPTURE(locked);
      CHECK(keyboard.typed(U"aZ1é", {.locked = locked}) == U"aZ1é");
      CHECK(keyboard.typed(U"@[y]z{q}\\ß€ж", {.locked = locked}) == U"@[y]z{q}\\ß€ж");
      CHECK(keyboard.typed(U"a\r\t", {.locked = locked}) == U"a\r\t");
    }
  }
}

TEST_CASE("keyboard layout: the chosen one of several, and what it cannot type") {
  const Keyboard keyboard("us,ru");
  CHECK(keyboard.typed(U"aZ", {.group = 0}) == U"aZ");
  for (const auto locked : {0U, keyboard.caps_lock()}) {
    CHECK(keyboard.typed(U"Жук1", {.locked = locked, .group = 1}) == U"Жук1");
  }
  // Its keys have neither the letter nor the one that begins a Unicode entry.
  CHECK(keyboard.layout->strokes(U'a', {}, {.group = 1}).empty());
  CHECK(keyboard.layout->strokes(0x07, {}, {}).empty());
  CHECK(keyboard.layout->strokes(0x110000, {}, {}).empty());
  CHECK(KeyboardLayout::parse("no keymap") == nullptr);
}

TEST_CASE("keyboard layout: what is held already is left as it is") {
  const Keyboard keyboard("us");
  const std::vector<int> shift = {KEY_LEFTSHIFT};
  CHECK(keyboard.typed(U"A!", {}, shift) == U"A!");
  for (const auto& stroke : keyboard.layout->strokes(U'A', shift, {})) CHECK(stroke.code == KEY_A);
}

TEST_CASE("keyboard layout: a display that is not there is told") {
  const auto missing = KeyboardLayout::read("/nowhere/wayland-7");
  REQUIRE_FALSE(missing.ok());
  CHECK(missing.fault().message.find("/nowhere/wayland-7") != std::string::npos);
}
