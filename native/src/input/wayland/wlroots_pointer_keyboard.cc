#include <linux/input-event-codes.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/clock.h"
#include "input/notches.h"
#include "input/pointer_keyboard.h"
#include "input/wayland/virtual_keyboard.h"
#include "input/wayland/wlroots_seat.h"

namespace earthshine {

namespace {

/// Positions are sent as so many parts of the output, which the compositor scales.
constexpr std::uint32_t kExtent = 1U << 16;
/// What a notch of a wheel scrolls, as libinput says it.
constexpr int kNotch = 15;
/// Microseconds: apps ask for a pointer and a keyboard once the seat has them, and what comes
/// before is lost on them.
constexpr useconds_t kSettling = 300'000;
/// The one key of the keymap that types text: F24's, which no layout needs.
constexpr int kTextKey = KEY_F24;

/// wl_pointer's axes
enum : std::uint32_t { kVertical = 0, kHorizontal = 1 };
constexpr std::uint32_t kWheel = 0;

std::uint32_t milliseconds() {
  return static_cast<std::uint32_t>(now() / 1'000'000);
}

/// A keymap with one key, which types one character.
std::string text_keymap(char32_t code_point) {
  char text[512];
  std::snprintf(text, sizeof text,
                "xkb_keymap {\n"
                "xkb_keycodes \"text\" { minimum = 8; maximum = 255; <TEXT> = %d; };\n"
                "xkb_types \"text\" { include \"complete\" };\n"
                "xkb_compatibility \"text\" { include \"complete\" };\n"
                "xkb_symbols \"text\" { key <TEXT> { [ U%04X ] }; };\n"
                "};\n",
                kTextKey + 8, static_cast<unsigned>(code_point));
  return text;
}

/// The layout of a session without a keyboard: what the system's variables say, else US.
std::string default_keymap(xkb_context* context) {
  const XkbKeymap keymap(xkb_keymap_new_from_names(context, nullptr, XKB_KEYMAP_COMPILE_NO_FLAGS));
  if (keymap == nullptr) return {};
  char* text = xkb_keymap_get_as_string(keymap.get(), XKB_KEYMAP_FORMAT_TEXT_V1);
  std::string result = text == nullptr ? "" : text;
  std::free(text);
  return result;
}

class WlrootsPointerKeyboard final : public PointerKeyboard {
 public:
  /// @param keymap of `context`, which has been found to work
  WlrootsPointerKeyboard(WlrootsSeat seat, XkbContext context, const std::string& keymap)
      : seat_(std::move(seat)), context_(std::move(context)) {
    pointer_ = zwlr_virtual_pointer_manager_v1_create_virtual_pointer_with_output(
        seat_.pointers, seat_.seat, seat_.output);
    keyboard_ = make_keyboard();
    keyboard_->set_keymap(context_.get(), keymap);
    send();
  }

  ~WlrootsPointerKeyboard() override { close(); }

  bool key(int code, bool down) override {
    if (closed_) return false;
    const bool known = keyboard_->key(milliseconds(), code, down);
    send();
    return known;
  }

  void move_relative(int dx, int dy) override {
    if (closed_) return;
    zwlr_virtual_pointer_v1_motion(pointer_, milliseconds(), wl_fixed_from_int(dx),
                                   wl_fixed_from_int(dy));
    end_frame();
  }

  void move_absolute(double x, double y) override {
    if (closed_) return;
    const auto part = [](double at) {
      return static_cast<std::uint32_t>(std::clamp(at, 0.0, 1.0) * kExtent);
    };
    zwlr_virtual_pointer_v1_motion_absolute(pointer_, milliseconds(), part(x), part(y), kExtent,
                                            kExtent);
    end_frame();
  }

  void button(int code, bool down) override {
    if (closed_) return;
    press(code, down);
    send();
  }

  void scroll(int vertical, int horizontal) override {
    if (closed_) return;
    // Down is positive here, as for evdev's clients; the wheel is told in whole notches.
    turn(kVertical, -vertical_.add(vertical));
    turn(kHorizontal, horizontal_.add(horizontal));
    end_frame();
  }

  bool text(char32_t code_point) override {
    if (closed_ || code_point == 0) return false;
    // A keyboard of its own: the session's layout stays that of the keys.
    if (typist_ == nullptr) typist_ = make_keyboard();
    if (!typist_->set_keymap(context_.get(), text_keymap(code_point))) return false;
    typist_->key(milliseconds(), kTextKey, true);
    typist_->key(milliseconds(), kTextKey, false);
    send();
    return true;
  }

  /// The protocol has neither.
  bool touch(const TouchEvent&) override { return false; }
  bool pen(const PenEvent&) override { return false; }

  [[nodiscard]] bool alive() override {
    if (closed_) return false;
    take_events();
    return wl_display_get_error(seat_.display.get()) == 0;
  }

  [[nodiscard]] int descriptor() const override {
    return closed_ ? -1 : wl_display_get_fd(seat_.display.get());
  }

  void release() override {
    if (closed_) return;
    keyboard_->release_all(milliseconds());
    while (!buttons_.empty()) press(*buttons_.begin(), false);
    send();
  }

  void close() override {
    if (closed_) return;
    release();
    closed_ = true;
    typist_.reset();
    keyboard_.reset();
    zwlr_virtual_pointer_v1_destroy(pointer_);
    wl_display_flush(seat_.display.get());
    seat_.display.reset();
  }

 private:
  std::unique_ptr<VirtualKeyboard> make_keyboard() {
    return std::make_unique<VirtualKeyboard>(
        zwp_virtual_keyboard_manager_v1_create_virtual_keyboard(seat_.keyboards, seat_.seat));
  }

  void press(int code, bool down) {
    if (down) {
      buttons_.insert(code);
    } else {
      buttons_.erase(code);
    }
    zwlr_virtual_pointer_v1_button(
        pointer_, milliseconds(), static_cast<std::uint32_t>(code),
        down ? WL_POINTER_BUTTON_STATE_PRESSED : WL_POINTER_BUTTON_STATE_RELEASED);
    zwlr_virtual_pointer_v1_frame(pointer_);
  }

  void turn(std::uint32_t axis, int notches) {
    if (notches == 0) return;
    zwlr_virtual_pointer_v1_axis_source(pointer_, kWheel);
    zwlr_virtual_pointer_v1_axis_discrete(pointer_, milliseconds(), axis,
                                          wl_fixed_from_int(notches * kNotch), notches);
  }

  void end_frame() {
    zwlr_virtual_pointer_v1_frame(pointer_);
    send();
  }

  void send() {
    // A compositor that reads slowly is waited for, on the thread that plays input.
    while (wl_display_flush(seat_.display.get()) < 0 && errno == EAGAIN) {
      pollfd writable = {wl_display_get_fd(seat_.display.get()), POLLOUT, 0};
      poll(&writable, 1, -1);
    }
    take_events();
  }

  /// Reads what the compositor says: nobody else would, and it would pile up.
  void take_events() {
    wl_display* display = seat_.display.get();
    while (wl_display_prepare_read(display) != 0) wl_display_dispatch_pending(display);
    pollfd readable = {wl_display_get_fd(display), POLLIN, 0};
    if (poll(&readable, 1, 0) > 0) {
      wl_display_read_events(display);
    } else {
      wl_display_cancel_read(display);
    }
    wl_display_dispatch_pending(display);
  }

  WlrootsSeat seat_;
  XkbContext context_;
  zwlr_virtual_pointer_v1* pointer_ = nullptr;
  std::unique_ptr<VirtualKeyboard> keyboard_, typist_;
  std::set<int> buttons_;
  Notches vertical_, horizontal_;
  bool closed_ = false;
};

}  // namespace

Result<std::unique_ptr<PointerKeyboard>> open_wlroots_pointer_keyboard(const std::string& display,
                                                                       const std::string& output) {
  auto seat = open_wlroots_seat(display, output);
  if (!seat) return seat.fault();
  XkbContext context(xkb_context_new(XKB_CONTEXT_NO_FLAGS));
  if (context == nullptr) return Fault{"There is no keyboard data (xkeyboard-config)."};
  std::string keymap = seat.value().keymap;
  if (keymap.empty()) keymap = default_keymap(context.get());
  if (keymap.empty()) return Fault{"There is no keyboard layout (xkeyboard-config)."};
  auto devices =
      std::make_unique<WlrootsPointerKeyboard>(std::move(seat.value()), std::move(context), keymap);
  usleep(kSettling);
  if (!devices->alive()) return Fault{"The compositor refused virtual devices."};
  return std::unique_ptr<PointerKeyboard>(std::move(devices));
}

}  // namespace earthshine
