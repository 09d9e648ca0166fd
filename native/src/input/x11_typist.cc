#include "input/x11_typist.h"

#include <xcb/xtest.h>

#include <algorithm>

#include "input/x11_reply.h"

namespace earthshine {

namespace {

constexpr std::uint32_t kShiftLeft = 0xFFE1;  // XK_Shift_L
/// Bits of the pointer's state that hold the keyboard group (XKB protocol, core state).
constexpr std::uint16_t kGroupMask = 0x6000;
/// More are not needed, and other programs may want a free key code too.
constexpr std::size_t kMostSpares = 16;

}  // namespace

std::uint32_t keysym_of(char32_t code_point) {
  switch (code_point) {
    case U'\n':
    case U'\r':
      return 0xFF0D;  // XK_Return
    case U'\t':
      return 0xFF09;  // XK_Tab
    case U'\b':
      return 0xFF08;  // XK_BackSpace
    default:
      break;
  }
  if (code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0)) return 0;
  if (code_point > 0x10FFFF || (code_point >= 0xD800 && code_point < 0xE000)) return 0;
  // Latin 1 is its own keysym, everything else lies above 0x1000000 (keysym encoding, appendix A of
  // the X protocol).
  return code_point <= 0xFF ? code_point : 0x0100'0000 | code_point;
}

bool X11Typist::read_layout() {
  if (!layout_.empty()) return true;
  const auto* setup = xcb_get_setup(connection_);
  first_keycode_ = setup->min_keycode;
  const auto count = static_cast<std::uint8_t>(setup->max_keycode - setup->min_keycode + 1);
  const auto reply = await_reply<xcb_get_keyboard_mapping_reply_t>(
      connection_, xcb_get_keyboard_mapping(connection_, first_keycode_, count).sequence);
  if (reply == nullptr || reply->keysyms_per_keycode == 0) return false;
  columns_ = reply->keysyms_per_keycode;
  const auto* symbols = xcb_get_keyboard_mapping_keysyms(reply.get());
  layout_.assign(symbols, symbols + xcb_get_keyboard_mapping_keysyms_length(reply.get()));
  return true;
}

std::uint32_t X11Typist::symbol(std::uint8_t keycode, std::size_t column) const {
  return layout_[static_cast<std::size_t>(keycode - first_keycode_) * columns_ + column];
}

std::optional<X11Typist::Place> X11Typist::find(std::uint32_t keysym, std::size_t columns) const {
  for (std::size_t column = 0; column < std::min(columns, columns_); ++column) {
    for (std::size_t row = 0; row < layout_.size() / columns_; ++row) {
      const auto keycode = static_cast<std::uint8_t>(first_keycode_ + row);
      const bool borrowed = std::any_of(spares_.begin(), spares_.end(), [&](const Spare& spare) {
        return spare.keycode == keycode;
      });
      if (!borrowed && symbol(keycode, column) == keysym) return Place{keycode, column == 1};
    }
  }
  return std::nullopt;
}

bool X11Typist::type(char32_t code_point) {
  const std::uint32_t keysym = keysym_of(code_point);
  if (locks_.in_use()) forget();
  if (keysym == 0 || xcb_connection_has_error(connection_) != 0 || !read_layout()) return false;
  const auto state = await_reply<xcb_query_pointer_reply_t>(
      connection_, xcb_query_pointer(connection_, root_).sequence);
  if (state == nullptr) return false;
  const bool locked = (state->mask & XCB_MOD_MASK_LOCK) != 0;
  if (locked) locks_.set(XCB_MOD_MASK_LOCK, false);
  const bool typed = type_unlocked(keysym, state->mask);
  if (locked) locks_.set(XCB_MOD_MASK_LOCK, true);
  return typed;
}

bool X11Typist::type_unlocked(std::uint32_t keysym, std::uint16_t state) {
  const bool shift_held = (state & XCB_MOD_MASK_SHIFT) != 0;
  const bool plain = (state & kGroupMask) == 0;

  const auto place = plain ? find(keysym, 2) : std::nullopt;
  const auto shift = find(kShiftLeft, 1);
  if (place && place->shift == shift_held) {
    stroke(place->keycode);
    return true;
  }
  if (place && place->shift && shift) {
    xcb_test_fake_input(connection_, XCB_KEY_PRESS, shift->keycode, 0, XCB_NONE, 0, 0, 0);
    stroke(place->keycode);
    xcb_test_fake_input(connection_, XCB_KEY_RELEASE, shift->keycode, 0, XCB_NONE, 0, 0, 0);
    return true;
  }
  const auto borrowed = borrow(keysym);
  if (borrowed) stroke(*borrowed);
  return borrowed.has_value();
}

std::optional<std::uint8_t> X11Typist::borrow(std::uint32_t keysym) {
  // Whoever loads another layout takes the characters away, or uses the key code for a real key.
  std::erase_if(spares_, [&](Spare& spare) {
    const std::uint32_t held = symbol(spare.keycode, 0);
    if (held == 0) spare.keysym = 0;
    return held != spare.keysym;
  });
  if (spares_.empty()) {
    // From the top: evdev's codes of real keys crowd at the bottom.
    for (std::size_t row = layout_.size() / columns_; row-- > 0 && spares_.size() < kMostSpares;) {
      const auto keycode = static_cast<std::uint8_t>(first_keycode_ + row);
      bool free = true;
      for (std::size_t column = 0; column < columns_; ++column) {
        free = free && symbol(keycode, column) == 0;
      }
      if (free) spares_.push_back({keycode, 0, 0});
    }
    if (spares_.empty()) return std::nullopt;
  }
  auto chosen = std::find_if(spares_.begin(), spares_.end(),
                             [&](const Spare& spare) { return spare.keysym == keysym; });
  if (chosen == spares_.end()) {
    chosen = std::min_element(spares_.begin(), spares_.end(),
                              [](const Spare& a, const Spare& b) { return a.used < b.used; });
    assign(chosen->keycode, keysym);
    chosen->keysym = keysym;
  }
  chosen->used = ++uses_;
  return chosen->keycode;
}

/// On every level, so that it does not matter which modifiers are held.
void X11Typist::assign(std::uint8_t keycode, std::uint32_t keysym) {
  const std::vector<std::uint32_t> symbols(columns_, keysym);
  if (keysym != 0) held_.borrowed(keycode, keysym);
  xcb_change_keyboard_mapping(connection_, 1, keycode, static_cast<std::uint8_t>(columns_),
                              symbols.data());
  if (keysym == 0) held_.borrowed(keycode, 0);
  if (layout_.empty()) return;
  const auto row = static_cast<std::size_t>(keycode - first_keycode_) * columns_;
  std::copy(symbols.begin(), symbols.end(), layout_.begin() + static_cast<std::ptrdiff_t>(row));
}

void X11Typist::stroke(std::uint8_t keycode) {
  xcb_test_fake_input(connection_, XCB_KEY_PRESS, keycode, 0, XCB_NONE, 0, 0, 0);
  xcb_test_fake_input(connection_, XCB_KEY_RELEASE, keycode, 0, XCB_NONE, 0, 0, 0);
}

void X11Typist::restore() {
  for (const auto& spare : spares_) {
    if (spare.keysym != 0) assign(spare.keycode, 0);
  }
  spares_.clear();
}

}  // namespace earthshine
