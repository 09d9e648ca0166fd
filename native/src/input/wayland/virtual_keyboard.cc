#include "input/wayland/virtual_keyboard.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstring>

namespace earthshine {

namespace {

/// The text with its NUL in memory that can be handed on; -1 when there is none.
int in_memory(const std::string& text) {
  const int memory = memfd_create("keymap", MFD_CLOEXEC);
  if (memory < 0) return -1;
  const std::size_t size = text.size() + 1;
  if (write(memory, text.c_str(), size) == static_cast<ssize_t>(size)) return memory;
  close(memory);
  return -1;
}

}  // namespace

VirtualKeyboard::~VirtualKeyboard() {
  zwp_virtual_keyboard_v1_destroy(keyboard_);
}

bool VirtualKeyboard::set_keymap(xkb_context* context, const std::string& text) {
  keymap_.reset(xkb_keymap_new_from_string(context, text.c_str(), XKB_KEYMAP_FORMAT_TEXT_V1,
                                           XKB_KEYMAP_COMPILE_NO_FLAGS));
  if (keymap_ == nullptr) return false;
  state_.reset(xkb_state_new(keymap_.get()));
  const int memory = in_memory(text);
  if (memory < 0) return false;
  zwp_virtual_keyboard_v1_keymap(keyboard_, XKB_KEYMAP_FORMAT_TEXT_V1, memory,
                                 static_cast<std::uint32_t>(text.size() + 1));
  close(memory);
  return true;
}

bool VirtualKeyboard::key(std::uint32_t time, int code, bool down) {
  const auto keycode = static_cast<xkb_keycode_t>(code + kKeycodeOffset);
  if (code <= 0 || keycode > xkb_keymap_max_keycode(keymap_.get())) return false;
  if (down) {
    held_.insert(code);
  } else {
    held_.erase(code);
  }
  zwp_virtual_keyboard_v1_key(keyboard_, time, static_cast<std::uint32_t>(code), down ? 1 : 0);
  if (xkb_state_update_key(state_.get(), keycode, down ? XKB_KEY_DOWN : XKB_KEY_UP) != 0) {
    tell_modifiers();
  }
  return true;
}

void VirtualKeyboard::release_all(std::uint32_t time) {
  while (!held_.empty()) key(time, *held_.begin(), false);
}

void VirtualKeyboard::tell_modifiers() {
  const auto part = [this](xkb_state_component component) {
    return xkb_state_serialize_mods(state_.get(), component);
  };
  zwp_virtual_keyboard_v1_modifiers(
      keyboard_, part(XKB_STATE_MODS_DEPRESSED), part(XKB_STATE_MODS_LATCHED),
      part(XKB_STATE_MODS_LOCKED),
      xkb_state_serialize_layout(state_.get(), XKB_STATE_LAYOUT_EFFECTIVE));
}

}  // namespace earthshine
