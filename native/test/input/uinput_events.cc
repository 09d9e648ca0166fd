#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <tuple>
#include <vector>

#include "input/notches.h"
#include "input/pad_layout.h"
#include "input/pen_angles.h"
#include "input/rumble_mixer.h"
#include "input/uinput_pen.h"
#include "input/uinput_touch.h"
#include "input/us_keys.h"

using namespace earthshine;

namespace {

using Event = std::tuple<int, int, int>;
using Events = std::vector<Event>;
constexpr Event kEnd{EV_SYN, SYN_REPORT, 0};

/// A pipe in the place of /dev/uinput: what is written to the device is read here.
struct Wire {
  int ends[2] = {-1, -1};

  Wire() { REQUIRE(pipe2(ends, O_NONBLOCK | O_CLOEXEC) == 0); }
  ~Wire() { close(ends[0]); }
  [[nodiscard]] UinputDevice device() const { return UinputDevice::adopt(ends[1]); }

  Events events() const {
    Events result;
    input_event event{};
    while (read(ends[0], &event, sizeof event) == sizeof event) {
      result.emplace_back(event.type, event.code, event.value);
    }
    return result;
  }
};

}  // namespace

TEST_CASE("notches add up, keep their remainder and forget it when the direction turns") {
  Notches notches;
  CHECK(notches.add(60) == 0);
  CHECK(notches.add(70) == 1);
  CHECK(notches.add(110) == 1);
  CHECK(notches.add(100) == 0);
  CHECK(notches.add(-119) == 0);
  CHECK(notches.add(-1) == -1);
  CHECK(notches.add(-360) == -3);
}

TEST_CASE("every printable ASCII character has its key, once") {
  std::vector<std::pair<int, bool>> used;
  for (char32_t character = 0x20; character < 0x7F; ++character) {
    CAPTURE(static_cast<int>(character));
    const auto key = us_key(character);
    REQUIRE(key.has_value());
    for (const auto& other : used) CHECK(other != std::pair{key->code, key->shift});
    used.emplace_back(key->code, key->shift);
  }
  CHECK(us_key(U'A')->code == KEY_A);
  CHECK(us_key(U'A')->shift);
  CHECK(us_key(U'/')->code == KEY_SLASH);
  CHECK(us_key(U'0')->code == KEY_0);
  CHECK(us_key(U'=')->code == KEY_EQUAL);
  CHECK(us_key(U'~')->code == KEY_GRAVE);
  CHECK(us_key(U'|')->code == KEY_BACKSLASH);
  CHECK(us_key(U'\n')->code == KEY_ENTER);
  CHECK_FALSE(us_key(U'é').has_value());
  CHECK_FALSE(us_key(0x1B).has_value());
}

TEST_CASE("rotation and tilt as the kernel counts them") {
  CHECK(touch_orientation(0) == 0);
  CHECK(touch_orientation(45) == 45);
  CHECK(touch_orientation(90) == 90);
  CHECK(touch_orientation(135) == 45);
  CHECK(touch_orientation(180) == 0);
  CHECK(touch_orientation(315) == -45);
  CHECK(touch_orientation(360) == 0);
  CHECK(pen_tilt(0, 77).x == 0);
  CHECK(pen_tilt(0, 77).y == 0);
  CHECK(pen_tilt(30, 0).y == 30);
  CHECK(pen_tilt(30, 0).x == 0);
  CHECK(pen_tilt(30, 90).x == -30);
  CHECK(pen_tilt(30, 180).y == -30);
  CHECK(pen_tilt(30, 270).x == 30);
}

TEST_CASE(
    "touch: contacts get slots, the single-touch axes follow the first, and the end lifts all") {
  const Wire wire;
  {
    UinputTouch touch(wire.device());
    using Kind = TouchEvent::Kind;
    CHECK(touch.handle({.kind = Kind::kDown, .pointer_id = 900, .x = 1, .y = 0, .pressure = 1}));
    CHECK(wire.events() == Events{{EV_ABS, ABS_MT_SLOT, 0},
                                  {EV_ABS, ABS_MT_TRACKING_ID, 0},
                                  {EV_ABS, ABS_MT_SLOT, 0},
                                  {EV_ABS, ABS_MT_POSITION_X, 65'535},
                                  {EV_ABS, ABS_MT_POSITION_Y, 0},
                                  {EV_ABS, ABS_MT_PRESSURE, 255},
                                  {EV_ABS, ABS_X, 65'535},
                                  {EV_ABS, ABS_Y, 0},
                                  {EV_KEY, BTN_TOUCH, 1},
                                  kEnd});
    CHECK(touch.handle({.kind = Kind::kDown, .pointer_id = 5, .x = 0.5, .y = 0.5}));
    CHECK(wire.events() == Events{{EV_ABS, ABS_MT_SLOT, 1},
                                  {EV_ABS, ABS_MT_TRACKING_ID, 1},
                                  {EV_ABS, ABS_MT_SLOT, 1},
                                  {EV_ABS, ABS_MT_POSITION_X, 32'768},
                                  {EV_ABS, ABS_MT_POSITION_Y, 32'768},
                                  {EV_ABS, ABS_MT_PRESSURE, 128},
                                  kEnd});
    CHECK(touch.handle({.kind = Kind::kMove, .pointer_id = 4242}));  // never went down
    CHECK(touch.handle({.kind = Kind::kHover, .pointer_id = 5}));
    CHECK(wire.events().empty());
    CHECK(touch.handle({.kind = Kind::kUp, .pointer_id = 900}));
    CHECK(wire.events() ==
          Events{{EV_ABS, ABS_MT_SLOT, 0}, {EV_ABS, ABS_MT_TRACKING_ID, -1}, kEnd});
    for (std::uint32_t finger = 10; finger < 25; ++finger) {
      CHECK(touch.handle({.kind = Kind::kDown, .pointer_id = finger}));
    }
    CHECK_FALSE(touch.handle({.kind = Kind::kDown, .pointer_id = 99}));
    CHECK(touch.handle({.kind = Kind::kCancelAll}));
    wire.events();
    CHECK(touch.handle({.kind = Kind::kDown, .pointer_id = 1, .rotation = 135.0}));
    wire.events();
  }
  CHECK(wire.events() == Events{{EV_ABS, ABS_MT_SLOT, 0},
                                {EV_ABS, ABS_MT_TRACKING_ID, -1},
                                {EV_KEY, BTN_TOUCH, 0},
                                kEnd});
}

TEST_CASE("pen: comes near, touches, changes its tool and leaves") {
  const Wire wire;
  {
    UinputPen pen(wire.device());
    using Kind = PenEvent::Kind;
    pen.handle(
        {.kind = Kind::kHover, .x = 0, .y = 1, .pressure = 0.5, .tilt = 30.0, .rotation = 0.0});
    CHECK(wire.events() == Events{{EV_ABS, ABS_X, 0},
                                  {EV_ABS, ABS_Y, 65'535},
                                  {EV_ABS, ABS_DISTANCE, 512},
                                  {EV_ABS, ABS_TILT_X, 0},
                                  {EV_ABS, ABS_TILT_Y, 30},
                                  {EV_KEY, BTN_TOOL_PEN, 1},
                                  kEnd});
    pen.handle({.kind = Kind::kDown, .buttons = 1, .x = 0, .y = 1, .pressure = 1});
    CHECK(wire.events() == Events{{EV_ABS, ABS_X, 0},
                                  {EV_ABS, ABS_Y, 65'535},
                                  {EV_ABS, ABS_PRESSURE, 4'095},
                                  {EV_ABS, ABS_DISTANCE, 0},
                                  {EV_KEY, BTN_TOUCH, 1},
                                  {EV_KEY, BTN_STYLUS, 1},
                                  kEnd});
    pen.handle({.kind = Kind::kButton, .buttons = 6});
    CHECK(
        wire.events() ==
        Events{{EV_KEY, BTN_STYLUS, 0}, {EV_KEY, BTN_STYLUS2, 1}, {EV_KEY, BTN_STYLUS3, 1}, kEnd});
    pen.handle({.kind = Kind::kHover, .tool = PenEvent::Tool::kEraser, .x = 0, .y = 0});
    const auto change = wire.events();
    REQUIRE(change.size() == 11);
    CHECK(change[0] == Event{EV_KEY, BTN_TOUCH, 0});
    CHECK(change[1] == Event{EV_ABS, ABS_PRESSURE, 0});
    CHECK(change[2] == Event{EV_KEY, BTN_TOOL_PEN, 0});
    CHECK(change[3] == kEnd);
    CHECK(change[7] == Event{EV_KEY, BTN_TOOL_RUBBER, 1});
  }
  CHECK(wire.events() == Events{{EV_KEY, BTN_TOOL_RUBBER, 0}, kEnd});
}

TEST_CASE("pads: the letters of each maker, sticks with down positive, and only what changed") {
  const Wire wire;
  auto device = wire.device();
  PadState state;
  bool complete = false;
  const auto after = [&](PadKind kind, const PadState& next) {
    complete = emit_pad(kind, state, next, device);
    state = next;
    device.send();
    return wire.events();
  };
  CHECK(after(PadKind::kXbox, {}).empty());
  CHECK(after(PadKind::kXbox, {.buttons = kPadA | kPadX | kPadUp, .left_trigger = 9}) ==
        Events{{EV_KEY, BTN_SOUTH, 1},
               {EV_KEY, BTN_NORTH, 1},
               {EV_ABS, ABS_Z, 9},
               {EV_ABS, ABS_HAT0Y, -1},
               kEnd});
  CHECK(after(PadKind::kXbox, {.left_y = -32'768, .right_x = 5, .right_y = 100}) ==
        Events{{EV_KEY, BTN_SOUTH, 0},
               {EV_KEY, BTN_NORTH, 0},
               {EV_ABS, ABS_Z, 0},
               {EV_ABS, ABS_Y, 32'767},
               {EV_ABS, ABS_RX, 5},
               {EV_ABS, ABS_RY, -100},
               {EV_ABS, ABS_HAT0Y, 0},
               kEnd});
  state = {};
  CHECK(after(PadKind::kNintendo,
              {.buttons = kPadA | kPadB | kPadMisc, .left_trigger = 0x3F, .right_trigger = 0x40}) ==
        Events{{EV_KEY, BTN_EAST, 1},
               {EV_KEY, BTN_SOUTH, 1},
               {EV_KEY, BTN_Z, 1},
               {EV_KEY, BTN_TR2, 1},
               kEnd});
  state = {};
  CHECK(after(PadKind::kPlaystation,
              {.buttons = kPadX, .right_trigger = 255, .left_x = 32'767, .left_y = 32'767}) ==
        Events{{EV_KEY, BTN_WEST, 1},
               {EV_KEY, BTN_TR2, 1},
               {EV_ABS, ABS_RZ, 255},
               {EV_ABS, ABS_X, 255},
               {EV_ABS, ABS_Y, 0},
               kEnd});
  CHECK(complete);
  state = {};
  CHECK(after(PadKind::kXbox, {.buttons = kPadPaddle1 | kPadPaddle2 | kPadMisc | kPadDown}) ==
        Events{{EV_KEY, KEY_RECORD, 1},
               {EV_KEY, BTN_TRIGGER_HAPPY5, 1},
               {EV_KEY, BTN_TRIGGER_HAPPY7, 1},
               {EV_ABS, ABS_HAT0Y, 1},
               kEnd});
  CHECK(complete);
  state = {};
  CHECK(after(PadKind::kPlaystation, {.buttons = kPadPaddle4 | kPadTouchpad}) ==
        Events{{EV_KEY, BTN_TRIGGER_HAPPY8, 1}, kEnd});
  CHECK_FALSE(complete);
  CHECK(after(PadKind::kPlaystation, {}) == Events{{EV_KEY, BTN_TRIGGER_HAPPY8, 0}, kEnd});
  CHECK(complete);
  for (const PadKind kind : {PadKind::kXbox, PadKind::kPlaystation, PadKind::kNintendo}) {
    const auto keys = describe_pad(kind, "x").keys;
    CHECK(std::count(keys.begin(), keys.end(), BTN_TRIGGER_HAPPY6) == 1);
  }
  CHECK(describe_pad(PadKind::kXbox, "x").product == 0x02EA);
  CHECK(describe_pad(PadKind::kNintendo, "x").vendor == 0x057E);
}

TEST_CASE("rumble: starts, ends with its length, repeats, adds up and follows the gain") {
  constexpr Nanoseconds kMs = 1'000'000;
  RumbleMixer mixer;
  CHECK(mixer.at(0) == Rumble{});
  CHECK_FALSE(mixer.next_change(0).has_value());
  mixer.play(3, 1, 0);  // never uploaded
  CHECK(mixer.at(0) == Rumble{});

  mixer.upload(0, {.rumble = {0x8000, 0x4000}, .length = 500}, 0);
  CHECK(mixer.at(0) == Rumble{});
  mixer.play(0, 1, 100 * kMs);
  CHECK(mixer.at(100 * kMs) == Rumble{0x8000, 0x4000});
  CHECK(mixer.next_change(100 * kMs) == 600 * kMs);
  CHECK(mixer.at(600 * kMs) == Rumble{});
  CHECK_FALSE(mixer.next_change(600 * kMs).has_value());

  mixer.upload(0, {.rumble = {0x8000, 0x4000}}, 601 * kMs);  // ended, so it stays ended
  CHECK(mixer.at(700 * kMs) == Rumble{});

  mixer.upload(1, {.rumble = {0x9000, 0}, .delay = 10, .length = 20}, 0);
  mixer.play(1, 2, 0);
  CHECK(mixer.at(5 * kMs) == Rumble{});
  CHECK(mixer.at(15 * kMs) == Rumble{0x9000, 0});
  CHECK(mixer.at(35 * kMs) == Rumble{});
  CHECK(mixer.at(45 * kMs) == Rumble{0x9000, 0});
  CHECK(mixer.at(61 * kMs) == Rumble{});

  mixer.upload(2, {.rumble = {0x9000, 0x10}}, 0);  // until stopped
  mixer.play(2, 1, 0);
  mixer.play(1, 1, 0);
  CHECK(mixer.at(15 * kMs) == Rumble{0xFFFF, 0x10});
  mixer.set_gain(0x8000);
  CHECK(mixer.at(15 * kMs) == Rumble{0x8000, 0x8});
  mixer.erase(1);
  mixer.play(2, 0, 20 * kMs);
  CHECK(mixer.at(21 * kMs) == Rumble{});
}

TEST_CASE("uinput: a machine without it says so and names the remedy") {
  const auto fault = uinput_fault();
  auto opened = open_uinput_pointer_keyboard("Test");
  CHECK(opened.ok() == !fault.has_value());
  if (!fault) return;
  CHECK(opened.fault().message == *fault);
  CHECK(fault->find("/dev/uinput") != std::string::npos);
  CHECK_FALSE(Gamepad::open(PadKind::kXbox, "Test", [](Rumble) {}).ok());
}
