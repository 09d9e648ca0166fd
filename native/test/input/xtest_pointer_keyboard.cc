#include <doctest/doctest.h>
#include <linux/input-event-codes.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bit>
#include <chrono>
#include <cstdlib>
#include <filesystem>

#include "capture/x11_client.h"
#include "input/left_input.h"
#include "input/pointer_keyboard.h"
#include "input/x11_typist.h"
#include "input/x_program.h"
#include "support/temporary_folder.h"
#include "support/xvfb.h"

using namespace earthshine;
using namespace earthshine::test;

namespace {

struct Desk {
  Xvfb server{"800x600x24"};
  XProgram program{server.display()};
  std::unique_ptr<PointerKeyboard> input;

  Desk() {
    auto opened = open_xtest_pointer_keyboard(server.display());
    REQUIRE(opened.ok());
    input = std::move(opened.value());
  }

  void tap(int code) const {
    input->key(code, true);
    input->key(code, false);
  }

  Seen seen_of_key(int code) {
    program.drain();
    tap(code);
    const auto seen = program.wait(XCB_KEY_PRESS, 1);
    REQUIRE(seen.size() == 1);
    return seen[0];
  }

  /// The plain symbol of each key code.
  std::vector<std::uint32_t> layout() {
    auto* reply = xcb_get_keyboard_mapping_reply(
        program.connection(), xcb_get_keyboard_mapping(program.connection(), 8, 248), nullptr);
    REQUIRE(reply != nullptr);
    std::vector<std::uint32_t> first;
    const auto* symbols = xcb_get_keyboard_mapping_keysyms(reply);
    for (int key = 0; key < 248; ++key) first.push_back(symbols[key * reply->keysyms_per_keycode]);
    std::free(reply);
    return first;
  }

  /// How many keys are down, and which buttons (XCB_BUTTON_MASK_*).
  std::pair<int, int> held() {
    xcb_connection_t* connection = program.connection();
    auto* keymap = xcb_query_keymap_reply(connection, xcb_query_keymap(connection), nullptr);
    const auto root = xcb_setup_roots_iterator(xcb_get_setup(connection)).data->root;
    auto* pointer =
        xcb_query_pointer_reply(connection, xcb_query_pointer(connection, root), nullptr);
    REQUIRE(keymap != nullptr);
    REQUIRE(pointer != nullptr);
    int keys = 0;
    for (const std::uint8_t byte : keymap->keys) keys += std::popcount(byte);
    const std::pair result{keys, pointer->mask & 0x1F00};
    std::free(keymap);
    std::free(pointer);
    return result;
  }

  std::u32string typed(std::u32string_view text) {
    for (const char32_t character : text) CHECK(input->text(character));
    std::u32string result;
    for (const auto& seen : program.drain()) {
      if (seen.type != XCB_KEY_PRESS || (seen.keysym & 0xFF00) == 0xFF00) continue;
      result += static_cast<char32_t>(seen.keysym & 0xFF'FFFF);
    }
    return result;
  }
};

/// As a person chooses it.
void use_layout(const std::string& display, const std::string& layout) {
  const std::string command = "setxkbmap -display " + display + " -layout " + layout;
  REQUIRE(std::system(command.c_str()) == 0);
}

using Details = std::vector<std::pair<int, int>>;

Details details(const std::vector<Seen>& events) {
  Details result;
  for (const auto& event : events) result.emplace_back(event.type, event.detail);
  return result;
}

}  // namespace

TEST_CASE("xtest: keys arrive with evdev's code plus 8") {
  Desk desk;
  CHECK(desk.input->key(KEY_A, true));
  CHECK(desk.input->key(KEY_A, false));
  CHECK(desk.input->key(KEY_F12, true));
  CHECK(desk.input->key(KEY_F12, false));
  CHECK_FALSE(desk.input->key(KEY_SELECT, true));  // beyond X's key codes
  CHECK(details(desk.program.drain()) == Details{{XCB_KEY_PRESS, KEY_A + 8},
                                                 {XCB_KEY_RELEASE, KEY_A + 8},
                                                 {XCB_KEY_PRESS, KEY_F12 + 8},
                                                 {XCB_KEY_RELEASE, KEY_F12 + 8}});
}

TEST_CASE("xtest: motion, relative and absolute, over the root window, also when it is resized") {
  Desk desk;
  desk.input->move_absolute(0.5, 0.5);
  auto seen = desk.program.wait(XCB_MOTION_NOTIFY, 1);
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].x == 400);
  CHECK(seen[0].y == 300);
  desk.input->move_relative(-30, 17);
  seen = desk.program.wait(XCB_MOTION_NOTIFY, 1);
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].x == 370);
  CHECK(seen[0].y == 317);
  desk.input->move_absolute(7, -1);  // out of the picture ends at its edge
  seen = desk.program.wait(XCB_MOTION_NOTIFY, 1);
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].x == 799);
  CHECK(seen[0].y == 0);

  X11Client(desk.server.display()).set_screen_size(400, 200);
  desk.program.drain();
  desk.input->move_absolute(0.5, 0.5);
  seen = desk.program.wait(XCB_MOTION_NOTIFY, 1);
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].x == 200);
  CHECK(seen[0].y == 100);
}

TEST_CASE("xtest: buttons, and notches as buttons 4 to 7") {
  Desk desk;
  desk.input->move_absolute(0.5, 0.5);
  desk.program.drain();
  for (const int code : {BTN_LEFT, BTN_MIDDLE, BTN_RIGHT, BTN_SIDE, BTN_EXTRA}) {
    desk.input->button(code, true);
    desk.input->button(code, false);
  }
  Details expected;
  for (const int button : {1, 2, 3, 8, 9}) {
    expected.emplace_back(XCB_BUTTON_PRESS, button);
    expected.emplace_back(XCB_BUTTON_RELEASE, button);
  }
  CHECK(details(desk.program.drain()) == expected);

  expected.clear();
  const auto turned = [&](int button) {
    expected.emplace_back(XCB_BUTTON_PRESS, button);
    expected.emplace_back(XCB_BUTTON_RELEASE, button);
  };
  desk.input->scroll(60, 0);  // half a notch
  desk.input->scroll(60, 0);
  turned(4);
  desk.input->scroll(-240, 0);
  turned(5);
  turned(5);
  desk.input->scroll(0, 120);
  turned(7);
  desk.input->scroll(0, -120);
  turned(6);
  CHECK(details(desk.program.drain()) == expected);
}

TEST_CASE("xtest: text is typed whatever the layout has, and more characters than free key codes") {
  Desk desk;
  CHECK(desk.typed(U"Hello, World! 42%") == U"Hello, World! 42%");
  CHECK(desk.typed(U"éß€Ω\U0001F600") == U"éß€Ω\U0001F600");
  std::u32string many;
  for (char32_t code_point = 0x4E00; code_point < 0x4E40; ++code_point) {
    many += code_point;
    // The program reads its layout at once here, so each character is looked at by itself.
    CHECK(desk.typed(std::u32string(1, code_point)) == std::u32string(1, code_point));
  }
  // A held Shift does not change what a character is.
  desk.input->key(KEY_LEFTSHIFT, true);
  CHECK(desk.typed(U"aA1") == U"aA1");
  desk.input->key(KEY_LEFTSHIFT, false);
  CHECK_FALSE(desk.input->text(0x07));
  CHECK_FALSE(desk.input->text(0xD800));
  CHECK_FALSE(desk.input->text(0x110000));
  CHECK(desk.input->text(U'\n'));
}

TEST_CASE("xtest: text is text on any layout, with Caps Lock on too, which stays on") {
  Desk desk;
  for (const char* layout : {"us", "de", "fr", "ru", "us,ru"}) {
    CAPTURE(layout);
    use_layout(desk.server.display(), layout);
    for (const bool locked : {false, true}) {
      CAPTURE(locked);
      if (locked) desk.tap(KEY_CAPSLOCK);
      CHECK(desk.typed(U"aZ1é") == U"aZ1é");
      CHECK(desk.typed(U"@yzqß\"жЖ") == U"@yzqß\"жЖ");
      // As the keys of a person who goes on typing are read.
      const auto seen = desk.seen_of_key(KEY_A);
      CHECK((seen.state & XCB_MOD_MASK_LOCK) == (locked ? XCB_MOD_MASK_LOCK : 0));
      if (locked) desk.tap(KEY_CAPSLOCK);
    }
  }
}

TEST_CASE("xtest: the layout is as before after the end") {
  Desk desk;
  const auto before = desk.layout();
  desk.typed(U"€Ω");
  CHECK(desk.layout() != before);
  desk.input->close();
  CHECK(desk.layout() == before);
}

TEST_CASE("xtest: what a killed process held is released by the next one, and at a start") {
  TemporaryFolder folder;
  setenv("XDG_RUNTIME_DIR", folder.path().c_str(), 1);
  for (const bool at_start : {false, true}) {
    CAPTURE(at_start);
    Desk desk;
    const auto layout = desk.layout();
    desk.input->close();
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      auto opened = open_xtest_pointer_keyboard(desk.server.display());
      if (!opened) _exit(1);
      auto& input = *opened.value();
      input.move_absolute(0.5, 0.5);
      for (const int code : {KEY_LEFTSHIFT, KEY_W, KEY_A}) input.key(code, true);
      input.key(KEY_A, false);
      input.text(U'ж');
      input.touch({.kind = TouchEvent::Kind::kDown, .pointer_id = 7, .x = 0.5, .y = 0.5});
      input.pen({.kind = PenEvent::Kind::kHover, .buttons = 2, .x = 0.5, .y = 0.5});
      input.alive();
      for (;;) pause();
    }
    // The server drops what it has not read yet of one who is gone.
    const std::pair all{2, XCB_BUTTON_MASK_1 | XCB_BUTTON_MASK_3};
    for (int look = 0; look < 500 && desk.held() != all; ++look) usleep(10'000);
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    REQUIRE(WIFSIGNALED(status));
    CHECK(desk.held() == all);
    CHECK(desk.layout() != layout);
    // Somebody else's session is not looked at.
    Xvfb other;
    REQUIRE(open_xtest_pointer_keyboard(other.display()).ok());
    CHECK(desk.held().first == 2);

    if (at_start) {
      release_all_left_input();
    } else {
      REQUIRE(open_xtest_pointer_keyboard(desk.server.display()).ok());
    }
    CHECK(desk.held() == std::pair{0, 0});
    CHECK(desk.layout() == layout);
    CHECK(std::filesystem::is_empty(folder.path() + "/earthshine"));
  }
  unsetenv("XDG_RUNTIME_DIR");
}

TEST_CASE("xtest: touch and pen move the pointer, one contact at a time") {
  Desk desk;
  using Touch = TouchEvent::Kind;
  CHECK(desk.input->touch({.kind = Touch::kDown, .pointer_id = 7, .x = 0.25, .y = 0.5}));
  CHECK_FALSE(desk.input->touch({.kind = Touch::kDown, .pointer_id = 8, .x = 0.9, .y = 0.9}));
  CHECK(desk.input->touch({.kind = Touch::kUp, .pointer_id = 7, .x = 0.25, .y = 0.5}));
  CHECK(desk.input->touch({.kind = Touch::kDown, .pointer_id = 8, .x = 0.25, .y = 0.5}));
  CHECK(desk.input->touch({.kind = Touch::kCancelAll}));
  std::vector<Seen> buttons;
  for (const auto& seen : desk.program.drain()) {
    if (seen.type != XCB_MOTION_NOTIFY) buttons.push_back(seen);
  }
  REQUIRE(details(buttons) == Details{{XCB_BUTTON_PRESS, 1},
                                      {XCB_BUTTON_RELEASE, 1},
                                      {XCB_BUTTON_PRESS, 1},
                                      {XCB_BUTTON_RELEASE, 1}});
  CHECK(buttons[0].x == 200);

  using Pen = PenEvent::Kind;
  CHECK(desk.input->pen({.kind = Pen::kHover, .x = 0.5, .y = 0.5}));
  CHECK(desk.input->pen({.kind = Pen::kDown, .x = 0.5, .y = 0.5}));
  CHECK(desk.input->pen({.kind = Pen::kMove, .buttons = 2, .x = 0.6, .y = 0.5}));
  CHECK(desk.input->pen({.kind = Pen::kHoverLeave}));
  buttons.clear();
  for (const auto& seen : desk.program.drain()) {
    if (seen.type != XCB_MOTION_NOTIFY) buttons.push_back(seen);
  }
  CHECK(details(buttons) == Details{{XCB_BUTTON_PRESS, 1},
                                    {XCB_BUTTON_PRESS, 3},
                                    {XCB_BUTTON_RELEASE, 1},
                                    {XCB_BUTTON_RELEASE, 3}});
}

TEST_CASE("xtest: what is held is released at the end") {
  Desk desk;
  desk.input->move_absolute(0.5, 0.5);
  desk.input->key(KEY_W, true);
  desk.input->key(KEY_LEFTCTRL, true);
  desk.input->key(KEY_LEFTCTRL, false);
  desk.input->button(BTN_RIGHT, true);
  desk.program.drain();
  desk.input->close();
  desk.input->close();
  CHECK(details(desk.program.drain()) ==
        Details{{XCB_KEY_RELEASE, KEY_W + 8}, {XCB_BUTTON_RELEASE, 3}});
  desk.input->key(KEY_A, true);
  desk.input->move_absolute(0, 0);
  CHECK_FALSE(desk.input->text(U'a'));
  CHECK(desk.program.drain().empty());
}

TEST_CASE("xtest: no server, and a server that stands still or dies") {
  const auto refused = open_xtest_pointer_keyboard(":4711");
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.fault().message.find(":4711") != std::string::npos);
  CHECK(xtest_fault(":4711").has_value());

  auto server = std::make_unique<Xvfb>();
  CHECK_FALSE(xtest_fault(server->display()).has_value());
  auto opened = open_xtest_pointer_keyboard(server->display());
  REQUIRE(opened.ok());
  server->signal(SIGSTOP);
  const auto started = std::chrono::steady_clock::now();
  opened.value()->key(KEY_A, true);
  CHECK_FALSE(opened.value()->text(U'a'));
  CHECK(std::chrono::steady_clock::now() - started < std::chrono::milliseconds(500));
  server.reset();
  opened.value()->key(KEY_A, false);
  opened.value()->move_relative(1, 1);
  opened.value()->close();
}

TEST_CASE("xtest: characters have the keysyms of the protocol's appendix") {
  CHECK(keysym_of(U'a') == 0x61);
  CHECK(keysym_of(U'é') == 0xE9);
  CHECK(keysym_of(U'€') == 0x100'20AC);
  CHECK(keysym_of(U'\n') == 0xFF0D);
  CHECK(keysym_of(0x1B) == 0);
  CHECK(keysym_of(0x85) == 0);
}
