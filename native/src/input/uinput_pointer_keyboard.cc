#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "input/notches.h"
#include "input/pointer_keyboard.h"
#include "input/uinput_pen.h"
#include "input/uinput_touch.h"
#include "input/us_keys.h"

namespace earthshine {

namespace {

/// Every key of an ordinary keyboard; from BTN_MISC (0x100) on it would pass for a mouse or a pad.
bool has_key(int code) {
  return (code >= KEY_ESC && code <= KEY_MICMUTE) || code == KEY_SELECT || code == KEY_CLEAR;
}

DeviceDescription keyboard(const std::string& name) {
  DeviceDescription description{.name = name + " keyboard", .product = 1, .repeat = true};
  for (int code = KEY_ESC; code <= KEY_MAX; ++code) {
    if (has_key(code)) description.keys.push_back(code);
  }
  return description;
}

DeviceDescription mouse(const std::string& name) {
  return {.name = name + " mouse",
          .product = 2,
          .keys = {BTN_LEFT, BTN_RIGHT, BTN_MIDDLE, BTN_SIDE, BTN_EXTRA},
          .relative = {REL_X, REL_Y, REL_WHEEL, REL_HWHEEL, REL_WHEEL_HI_RES, REL_HWHEEL_HI_RES},
          .properties = {INPUT_PROP_POINTER}};
}

/// Built like the tablet that virtual machines have: absolute axes and mouse buttons, neither
/// direct nor a touch pad, which every desktop takes as an absolute pointer. A device of its own,
/// because one with both kinds of axes passes for something else.
DeviceDescription absolute_mouse(const std::string& name) {
  return {.name = name + " absolute mouse",
          .product = 3,
          .keys = {BTN_LEFT, BTN_RIGHT, BTN_MIDDLE},
          .absolute = {{.code = ABS_X, .minimum = 0, .maximum = kPositionRange},
                       {.code = ABS_Y, .minimum = 0, .maximum = kPositionRange}}};
}

class UinputPointerKeyboard final : public PointerKeyboard {
 public:
  UinputPointerKeyboard(std::string name, UinputDevice keyboard, UinputDevice mouse,
                        UinputDevice absolute)
      : name_(std::move(name)),
        keyboard_(std::move(keyboard)),
        mouse_(std::move(mouse)),
        absolute_(std::move(absolute)) {}

  ~UinputPointerKeyboard() override { close(); }

  bool key(int code, bool down) override {
    if (!has_key(code)) return false;
    hold(keyboard_, keys_, code, down);
    keyboard_.send();
    return true;
  }

  void move_relative(int dx, int dy) override {
    if (dx != 0) mouse_.emit(EV_REL, REL_X, dx);
    if (dy != 0) mouse_.emit(EV_REL, REL_Y, dy);
    mouse_.send();
  }

  void move_absolute(double x, double y) override {
    absolute_.emit(EV_ABS, ABS_X, axis_position(x, kPositionRange));
    absolute_.emit(EV_ABS, ABS_Y, axis_position(y, kPositionRange));
    absolute_.send();
  }

  void button(int code, bool down) override {
    if (code < BTN_LEFT || code > BTN_EXTRA) return;
    hold(mouse_, buttons_, code, down);
    mouse_.send();
  }

  void scroll(int vertical, int horizontal) override {
    turn(vertical, REL_WHEEL_HI_RES, REL_WHEEL, vertical_);
    turn(horizontal, REL_HWHEEL_HI_RES, REL_HWHEEL, horizontal_);
    mouse_.send();
  }

  /// Printable ASCII by the key of a US layout; anything else by the toolkits' Unicode entry:
  /// Ctrl+Shift+U, the code in hexadecimal, and a space, which ends it with the least harm where a
  /// program does not know it.
  bool text(char32_t code_point) override {
    if (const auto key = us_key(code_point)) {
      if (key->shift) tap({KEY_LEFTSHIFT}, key->code);
      if (!key->shift) tap({}, key->code);
      return true;
    }
    if (code_point < 0xA0 || code_point > 0x10FFFF) return false;
    tap({KEY_LEFTCTRL, KEY_LEFTSHIFT}, KEY_U);
    bool leading = true;
    for (int shift = 20; shift >= 0; shift -= 4) {
      const auto digit = static_cast<unsigned>(code_point >> shift) & 0xF;
      leading = leading && digit == 0;
      if (!leading) tap({}, us_key(U"0123456789abcdef"[digit])->code);
    }
    tap({}, KEY_SPACE);
    return true;
  }

  bool touch(const TouchEvent& event) override {
    if (closed_) return false;
    if (!touch_) touch_ = UinputTouch::create(name_);
    return touch_ && touch_->handle(event);
  }

  bool pen(const PenEvent& event) override {
    if (closed_) return false;
    if (!pen_) pen_ = UinputPen::create(name_);
    return pen_ && pen_->handle(event);
  }

  void close() override {
    if (std::exchange(closed_, true)) return;
    for (const int code : keys_) keyboard_.emit(EV_KEY, code, 0);
    keyboard_.send();
    for (const int code : buttons_) mouse_.emit(EV_KEY, code, 0);
    mouse_.send();
    keyboard_.close();
    mouse_.close();
    absolute_.close();
    touch_.reset();  // both lift what touches
    pen_.reset();
  }

 private:
  static void hold(UinputDevice& device, std::set<int>& held, int code, bool down) {
    if (down) {
      held.insert(code);
    } else {
      held.erase(code);
    }
    device.emit(EV_KEY, code, down ? 1 : 0);
  }

  void turn(int amount, int fine, int coarse, Notches& notches) {
    if (amount == 0) return;
    mouse_.emit(EV_REL, fine, amount);
    if (const int whole = notches.add(amount); whole != 0) mouse_.emit(EV_REL, coarse, whole);
  }

  /// A modifier that the client holds anyway is left as it is.
  void tap(std::initializer_list<int> modifiers, int code) {
    const auto press = [this](int key, int value) {
      if (keys_.contains(key)) return;
      keyboard_.emit(EV_KEY, key, value);
      keyboard_.send();
    };
    for (const int modifier : modifiers) press(modifier, 1);
    press(code, 1);
    press(code, 0);
    for (const int modifier : modifiers) press(modifier, 0);
  }

  const std::string name_;
  UinputDevice keyboard_, mouse_, absolute_;
  /// Made when first needed: a desktop with a touch screen shows itself differently.
  std::optional<UinputTouch> touch_;
  std::optional<UinputPen> pen_;
  std::set<int> keys_, buttons_;
  Notches vertical_, horizontal_;
  bool closed_ = false;
};

}  // namespace

Result<std::unique_ptr<PointerKeyboard>> open_uinput_pointer_keyboard(const std::string& name) {
  auto keys = UinputDevice::create(keyboard(name));
  if (!keys) return keys.fault();
  auto relative = UinputDevice::create(mouse(name));
  if (!relative) return relative.fault();
  auto absolute = UinputDevice::create(absolute_mouse(name));
  if (!absolute) return absolute.fault();
  return std::unique_ptr<PointerKeyboard>(std::make_unique<UinputPointerKeyboard>(
      name, std::move(keys.value()), std::move(relative.value()), std::move(absolute.value())));
}

}  // namespace earthshine
