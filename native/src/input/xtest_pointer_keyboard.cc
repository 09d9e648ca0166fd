#include <linux/input-event-codes.h>
#include <xcb/xcb.h>
#include <xcb/xtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <set>
#include <utility>

#include "input/held_input.h"
#include "input/left_input.h"
#include "input/notches.h"
#include "input/pointer_keyboard.h"
#include "input/x11_reply.h"
#include "input/x11_typist.h"
#include "input/xtest_server.h"

namespace earthshine {

namespace {

/// X key codes are evdev's plus this.
constexpr int kKeycodeOffset = 8;

/// X button of an evdev button; 0: none.
std::uint8_t x_button(int code) {
  switch (code) {
    case BTN_LEFT:
      return 1;
    case BTN_MIDDLE:
      return 2;
    case BTN_RIGHT:
      return 3;
    case BTN_SIDE:
      return 8;
    case BTN_EXTRA:
      return 9;
    default:
      return 0;
  }
}

class XTestPointerKeyboard final : public PointerKeyboard {
 public:
  explicit XTestPointerKeyboard(XTestServer server)
      : connection_(std::move(server.connection)),
        root_(server.screen->root),
        root_width_(server.screen->width_in_pixels),
        root_height_(server.screen->height_in_pixels),
        held_(HeldInput::begin(server.display)),
        typist_(connection_.get(), root_, held_) {
    // ConfigureNotify of the root window tells its new size.
    const std::uint32_t events = XCB_EVENT_MASK_STRUCTURE_NOTIFY;
    xcb_change_window_attributes(connection_.get(), root_, XCB_CW_EVENT_MASK, &events);
    send();
  }

  ~XTestPointerKeyboard() override { close(); }

  bool key(int code, bool down) override {
    const int keycode = code + kKeycodeOffset;
    if (code <= 0 || keycode > 255) return false;  // X knows no more keys
    press_key(static_cast<std::uint8_t>(keycode), down);
    send();
    return true;
  }

  void move_relative(int dx, int dy) override {
    fake(XCB_MOTION_NOTIFY, 1, clamp16(dx), clamp16(dy));
    send();
  }

  void move_absolute(double x, double y) override {
    move_to(x, y);
    send();
  }

  void button(int code, bool down) override {
    press(x_button(code), down);
    send();
  }

  void scroll(int vertical, int horizontal) override {
    turn(vertical_.add(vertical), 4, 5);
    turn(horizontal_.add(horizontal), 7, 6);
    send();
  }

  bool text(char32_t code_point) override {
    if (connection_ == nullptr) return false;
    const bool typed = typist_.type(code_point);
    send();
    return typed;
  }

  bool touch(const TouchEvent& event) override {
    using Kind = TouchEvent::Kind;
    if (event.kind == Kind::kCancelAll) {
      if (std::exchange(finger_, std::nullopt)) press(1, false);
      send();
      return true;
    }
    if (finger_ && *finger_ != event.pointer_id) return false;
    switch (event.kind) {
      case Kind::kDown:
        move_to(event.x, event.y);
        if (!std::exchange(finger_, event.pointer_id)) press(1, true);
        break;
      case Kind::kMove:
      case Kind::kHover:
        move_to(event.x, event.y);
        break;
      case Kind::kUp:
        if (finger_) move_to(event.x, event.y);
        [[fallthrough]];
      default:
        if (std::exchange(finger_, std::nullopt)) press(1, false);
        break;
    }
    send();
    return true;
  }

  bool pen(const PenEvent& event) override {
    using Kind = PenEvent::Kind;
    const bool gone = event.kind == Kind::kCancel || event.kind == Kind::kHoverLeave;
    if (!gone && event.kind != Kind::kButton) move_to(event.x, event.y);
    if (event.kind == Kind::kDown && !std::exchange(pen_down_, true)) press(1, true);
    if ((gone || event.kind == Kind::kUp || event.kind == Kind::kHover) &&
        std::exchange(pen_down_, false)) {
      press(1, false);
    }
    const std::uint32_t buttons = gone ? 0 : event.buttons;
    const std::uint32_t changed = buttons ^ std::exchange(pen_buttons_, buttons);
    if ((changed & 1) != 0) press(2, (buttons & 1) != 0);
    if ((changed & 2) != 0) press(3, (buttons & 2) != 0);
    send();
    return true;
  }

  [[nodiscard]] bool alive() override {
    // Reading finds the end that nothing was written to yet.
    take_events();
    return connection_ != nullptr && xcb_connection_has_error(connection_.get()) == 0;
  }

  [[nodiscard]] int descriptor() const override {
    return connection_ == nullptr ? -1 : xcb_get_file_descriptor(connection_.get());
  }

  void release() override {
    while (!keys_.empty()) press_key(*keys_.begin(), false);
    while (!buttons_.empty()) press(*buttons_.begin(), false);
    finger_.reset();
    pen_down_ = false;
    pen_buttons_ = 0;
    send();
  }

  void close() override {
    if (connection_ == nullptr) return;
    release();
    typist_.restore();
    // The answer proves that the server took everything before the connection ends.
    await_reply<xcb_get_input_focus_reply_t>(connection_.get(),
                                             xcb_get_input_focus(connection_.get()).sequence);
    connection_.reset();
    held_.end();
  }

 private:
  static std::int16_t clamp16(int value) {
    return static_cast<std::int16_t>(std::clamp(value, -32'768, 32'767));
  }

  static void track(std::set<std::uint8_t>& held, std::uint8_t code, bool down) {
    if (down) {
      held.insert(code);
    } else {
      held.erase(code);
    }
  }

  void fake(std::uint8_t type, std::uint8_t detail, std::int16_t x = 0, std::int16_t y = 0) {
    if (connection_ == nullptr) return;
    // Relative motion must not name a window, absolute motion names the root it belongs to.
    const xcb_window_t root = type == XCB_MOTION_NOTIFY && detail == 0 ? root_ : XCB_NONE;
    xcb_test_fake_input(connection_.get(), type, detail, XCB_CURRENT_TIME, root, x, y, 0);
  }

  /// What is down is noted before it is, and until it is not: the process may end at any point.
  void press_key(std::uint8_t keycode, bool down) {
    track(keys_, keycode, down);
    if (down) held_.key(keycode, true);
    fake(down ? XCB_KEY_PRESS : XCB_KEY_RELEASE, keycode);
    if (!down) held_.key(keycode, false);
  }

  void press(std::uint8_t button, bool down) {
    if (button == 0) return;
    track(buttons_, button, down);
    if (down) held_.button(button, true);
    fake(down ? XCB_BUTTON_PRESS : XCB_BUTTON_RELEASE, button);
    if (!down) held_.button(button, false);
  }

  void turn(int notches, std::uint8_t positive, std::uint8_t negative) {
    const std::uint8_t button = notches > 0 ? positive : negative;
    for (int count = std::min(std::abs(notches), 100); count > 0; --count) {
      fake(XCB_BUTTON_PRESS, button);
      fake(XCB_BUTTON_RELEASE, button);
    }
  }

  void move_to(double x, double y) {
    take_events();  // the root window may be of another size by now
    const auto place = [](double at, int size) {
      return clamp16(std::clamp(static_cast<int>(std::floor(at * size)), 0, size - 1));
    };
    fake(XCB_MOTION_NOTIFY, 0, place(x, root_width_), place(y, root_height_));
  }

  void send() {
    if (connection_ == nullptr) return;
    xcb_flush(connection_.get());
    take_events();
  }

  /// Reads what the server says: nobody else would, and it would pile up.
  void take_events() {
    if (connection_ == nullptr) return;
    while (xcb_generic_event_t* event = xcb_poll_for_event(connection_.get())) {
      const int type = event->response_type & 0x7F;
      if (type == XCB_CONFIGURE_NOTIFY) {
        const auto* configured = reinterpret_cast<xcb_configure_notify_event_t*>(event);
        if (configured->window == root_) {
          root_width_ = configured->width;
          root_height_ = configured->height;
        }
      } else if (type == XCB_MAPPING_NOTIFY) {
        typist_.forget();
      }
      std::free(event);
    }
  }

  std::unique_ptr<xcb_connection_t, XTestServer::Disconnect> connection_;
  const xcb_window_t root_;
  int root_width_, root_height_;
  HeldInput held_;
  X11Typist typist_;
  std::set<std::uint8_t> keys_, buttons_;
  Notches vertical_, horizontal_;
  /// the contact that is the pointer
  std::optional<std::uint32_t> finger_;
  bool pen_down_ = false;
  std::uint32_t pen_buttons_ = 0;
};

}  // namespace

Result<std::unique_ptr<PointerKeyboard>> open_xtest_pointer_keyboard(const std::string& display) {
  auto server = connect_xtest(display);
  if (!server) return server.fault();
  release_left_input(server.value());
  return std::unique_ptr<PointerKeyboard>(
      std::make_unique<XTestPointerKeyboard>(std::move(server.value())));
}

std::optional<std::string> xtest_fault(const std::string& display) {
  const auto server = connect_xtest(display);
  if (server) return std::nullopt;
  return server.fault().message;
}

}  // namespace earthshine
