#include "input/left_input.h"

#include <xcb/xtest.h>

#include <vector>

#include "input/held_input.h"
#include "input/x11_reply.h"

namespace earthshine {

namespace {

/// A key code that meanwhile has another character is somebody else's.
void give_back(xcb_connection_t* connection, const LeftPage::Borrowed& borrowed) {
  const auto reply = await_reply<xcb_get_keyboard_mapping_reply_t>(
      connection, xcb_get_keyboard_mapping(connection, borrowed.keycode, 1).sequence);
  if (reply == nullptr || reply->keysyms_per_keycode == 0) return;
  if (xcb_get_keyboard_mapping_keysyms(reply.get())[0] != borrowed.keysym) return;
  const std::vector<std::uint32_t> nothing(reply->keysyms_per_keycode, 0);
  xcb_change_keyboard_mapping(connection, 1, borrowed.keycode, reply->keysyms_per_keycode,
                              nothing.data());
}

void release(const XTestServer& server, LeftPage& left) {
  xcb_connection_t* connection = server.connection.get();
  const auto fake = [connection](std::uint8_t type, std::uint8_t detail) {
    xcb_test_fake_input(connection, type, detail, XCB_CURRENT_TIME, XCB_NONE, 0, 0, 0);
  };
  for (const auto keycode : left.keys) fake(XCB_KEY_RELEASE, keycode);
  for (const auto button : left.buttons) fake(XCB_BUTTON_RELEASE, button);
  for (const auto& borrowed : left.borrowed) give_back(connection, borrowed);
  // The answer proves that the server took everything.
  const auto proof = await_reply<xcb_get_input_focus_reply_t>(
      connection, xcb_get_input_focus(connection).sequence);
  if (proof != nullptr) left.done();
}

}  // namespace

void release_left_input(const XTestServer& server) {
  for (auto& left : LeftPage::find()) {
    if (left.display == server.display) release(server, left);
  }
}

void release_all_left_input() {
  for (auto& left : LeftPage::find()) {
    const auto server = connect_xtest(left.display);
    if (server) {
      release(server.value(), left);
    } else {
      left.done();  // what it held ended with the server
    }
  }
}

}  // namespace earthshine
