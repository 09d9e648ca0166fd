#include "input/x_program.h"

#include <poll.h>

#include <chrono>
#include <cstdlib>
#include <stdexcept>

namespace earthshine::test {

namespace {

/// What programs make of a small letter under Caps Lock: Latin 1 and Cyrillic, as far as tests
/// type.
std::uint32_t capital_of(std::uint32_t keysym) {
  const bool latin =
      (keysym >= 'a' && keysym <= 'z') || (keysym >= 0xE0 && keysym <= 0xFE && keysym != 0xF7);
  const bool cyrillic = keysym >= 0x0100'0430 && keysym <= 0x0100'044F;
  // The old set of keysyms for Cyrillic has the small letters in front.
  const bool old_cyrillic = keysym >= 0x06C0 && keysym <= 0x06DF;
  if (latin || cyrillic) return keysym - 0x20;
  return old_cyrillic ? keysym + 0x20 : keysym;
}

}  // namespace

XProgram::XProgram(const std::string& display)
    : connection_(xcb_connect(display.c_str(), nullptr)), window_(xcb_generate_id(connection_)) {
  if (xcb_connection_has_error(connection_) != 0) throw std::runtime_error("no X connection");
  const auto* screen = xcb_setup_roots_iterator(xcb_get_setup(connection_)).data;
  const std::uint32_t values[] = {
      1, XCB_EVENT_MASK_KEY_PRESS | XCB_EVENT_MASK_KEY_RELEASE | XCB_EVENT_MASK_BUTTON_PRESS |
             XCB_EVENT_MASK_BUTTON_RELEASE | XCB_EVENT_MASK_POINTER_MOTION};
  xcb_create_window(connection_, XCB_COPY_FROM_PARENT, window_, screen->root, 0, 0,
                    screen->width_in_pixels, screen->height_in_pixels, 0,
                    XCB_WINDOW_CLASS_INPUT_OUTPUT, screen->root_visual,
                    XCB_CW_OVERRIDE_REDIRECT | XCB_CW_EVENT_MASK, values);
  xcb_map_window(connection_, window_);
  xcb_set_input_focus(connection_, XCB_INPUT_FOCUS_POINTER_ROOT, window_, XCB_CURRENT_TIME);
  std::free(xcb_get_input_focus_reply(connection_, xcb_get_input_focus(connection_), nullptr));
  drain();
}

std::uint32_t XProgram::keysym(std::uint8_t keycode, std::uint16_t state) const {
  auto* reply = xcb_get_keyboard_mapping_reply(
      connection_, xcb_get_keyboard_mapping(connection_, keycode, 1), nullptr);
  if (reply == nullptr) return 0;
  const std::size_t column = (state & XCB_MOD_MASK_SHIFT) != 0 ? 1 : 0;
  const std::uint32_t result =
      column < reply->keysyms_per_keycode ? xcb_get_keyboard_mapping_keysyms(reply)[column] : 0;
  std::free(reply);
  return (state & XCB_MOD_MASK_LOCK) != 0 ? capital_of(result) : result;
}

bool XProgram::next(int timeout_milliseconds, Seen& seen) {
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_milliseconds);
  for (;;) {
    while (xcb_generic_event_t* event = xcb_poll_for_event(connection_)) {
      const int type = event->response_type & 0x7F;
      const bool input = type >= XCB_KEY_PRESS && type <= XCB_MOTION_NOTIFY;
      if (input) {
        // Key, button and motion events are laid out alike.
        const auto* key = reinterpret_cast<xcb_key_press_event_t*>(event);
        seen = {
            type,        key->detail, type <= XCB_KEY_RELEASE ? keysym(key->detail, key->state) : 0,
            key->root_x, key->root_y, key->state};
      }
      std::free(event);
      if (input) return true;
    }
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    pollfd waiting{xcb_get_file_descriptor(connection_), POLLIN, 0};
    if (left.count() <= 0) return false;
    poll(&waiting, 1, static_cast<int>(left.count()));
  }
}

std::vector<Seen> XProgram::wait(int type, std::size_t count) {
  std::vector<Seen> result;
  Seen seen{};
  while (result.size() < count && next(1000, seen)) {
    if (seen.type == type) result.push_back(seen);
  }
  return result;
}

std::vector<Seen> XProgram::drain() {
  std::vector<Seen> result;
  Seen seen{};
  while (next(50, seen)) result.push_back(seen);
  return result;
}

}  // namespace earthshine::test
