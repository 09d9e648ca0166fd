#include "input/wayland/keyboard_layout.h"

#include <linux/input-event-codes.h>
#include <wayland-client.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "input/wayland/seat_keymap.h"

namespace earthshine {

namespace {

/// What is held for a character, in the order of trying.
constexpr std::array<std::array<int, 2>, 4> kModifiers = {
    {{0, 0}, {KEY_LEFTSHIFT, 0}, {KEY_RIGHTALT, 0}, {KEY_LEFTSHIFT, KEY_RIGHTALT}}};

void seat_offered(void* data, wl_registry* registry, std::uint32_t name, const char* interface,
                  std::uint32_t version) {
  auto** seat = static_cast<wl_seat**>(data);
  if (*seat != nullptr || std::string_view(interface) != wl_seat_interface.name) return;
  *seat = static_cast<wl_seat*>(
      wl_registry_bind(registry, name, &wl_seat_interface, std::min(version, 5U)));
}
void seat_withdrawn(void*, wl_registry*, std::uint32_t) {}
constexpr wl_registry_listener kSeatOffers = {seat_offered, seat_withdrawn};

/// Enter, Tab and Backspace have characters of their own in what xkbcommon says.
char32_t as_typed(char32_t code_point) {
  return code_point == U'\n' ? U'\r' : code_point;
}

}  // namespace

Result<std::unique_ptr<KeyboardLayout>> KeyboardLayout::read(const std::string& display) {
  const std::unique_ptr<wl_display, decltype(&wl_display_disconnect)> connection(
      wl_display_connect(display.c_str()), wl_display_disconnect);
  if (connection == nullptr) {
    return Fault{"The Wayland display \"" + display + "\" cannot be reached for its keys."};
  }
  wl_seat* seat = nullptr;
  wl_registry* registry = wl_display_get_registry(connection.get());
  wl_registry_add_listener(registry, &kSeatOffers, &seat);
  SeatKeymap keymap;
  bool answered = wl_display_roundtrip(connection.get()) >= 0;
  if (answered && seat != nullptr) {
    keymap.listen(seat);
    // What the seat has, and the keymap of the keyboard among it.
    for (int i = 0; i < 2 && answered; ++i) answered = wl_display_roundtrip(connection.get()) >= 0;
  }
  auto layout = answered ? parse(keymap.text()) : nullptr;
  if (layout == nullptr) {
    return Fault{"The Wayland display \"" + display + "\" has not told what its keys type."};
  }
  return layout;
}

std::unique_ptr<KeyboardLayout> KeyboardLayout::parse(const std::string& text) {
  XkbContext context(xkb_context_new(XKB_CONTEXT_NO_FLAGS));
  if (context == nullptr) return nullptr;
  XkbKeymap keymap(xkb_keymap_new_from_string(
      context.get(), text.c_str(), XKB_KEYMAP_FORMAT_TEXT_V1, XKB_KEYMAP_COMPILE_NO_FLAGS));
  if (keymap == nullptr) return nullptr;
  return std::unique_ptr<KeyboardLayout>(new KeyboardLayout(std::move(context), std::move(keymap)));
}

std::vector<KeyboardLayout::Stroke> KeyboardLayout::strokes(char32_t code_point,
                                                            std::span<const int> held,
                                                            State state) const {
  std::vector<Stroke> result;
  if (add_key(result, as_typed(code_point), held, state)) return result;
  if (code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0) || code_point > 0x10FFFF) {
    return {};
  }
  std::vector<Stroke> u;
  if (!add_key(u, U'u', held, state)) return {};
  const int key_u = u[u.size() / 2 - 1].code;  // between its modifiers
  const std::array<Stroke, 6> entry = {{{KEY_LEFTCTRL, true},
                                        {KEY_LEFTSHIFT, true},
                                        {key_u, true},
                                        {key_u, false},
                                        {KEY_LEFTSHIFT, false},
                                        {KEY_LEFTCTRL, false}}};
  result.assign(entry.begin(), entry.end());
  bool leading = true;
  for (int shift = 20; shift >= 0; shift -= 4) {
    const auto digit = (code_point >> shift) & 0xF;
    leading = leading && digit == 0;
    if (!leading && !add_key(result, U"0123456789abcdef"[digit], held, state)) return {};
  }
  if (!add_key(result, U' ', held, state)) return {};
  return result;
}

bool KeyboardLayout::add_key(std::vector<Stroke>& to, char32_t code_point,
                             std::span<const int> held, State state) const {
  for (const auto& modifiers : kModifiers) {
    const XkbState typing(xkb_state_new(keymap_.get()));
    const auto press = [&](int code) {
      if (code != 0) xkb_state_update_key(typing.get(), code + kKeycodeOffset, XKB_KEY_DOWN);
    };
    for (const int code : held) press(code);
    for (const int code : modifiers) press(code);
    // What is down by the keys above, with what is locked and chosen beside it.
    xkb_state_update_mask(typing.get(),
                          xkb_state_serialize_mods(typing.get(), XKB_STATE_MODS_DEPRESSED), 0,
                          state.locked, 0, 0, state.group);
    for (auto key = xkb_keymap_min_keycode(keymap_.get());
         key <= xkb_keymap_max_keycode(keymap_.get()); ++key) {
      const int code = static_cast<int>(key) - kKeycodeOffset;
      if (code <= 0 || code > KEY_MAX || xkb_keymap_num_layouts_for_key(keymap_.get(), key) == 0) {
        continue;
      }
      if (xkb_state_key_get_utf32(typing.get(), key) != code_point) continue;
      if (std::find(held.begin(), held.end(), code) != held.end()) continue;
      for (const int modifier : modifiers) {
        if (modifier != 0) to.push_back({modifier, true});
      }
      to.push_back({code, true});
      to.push_back({code, false});
      for (auto it = modifiers.rbegin(); it != modifiers.rend(); ++it) {
        if (*it != 0) to.push_back({*it, false});
      }
      return true;
    }
  }
  return false;
}

}  // namespace earthshine
