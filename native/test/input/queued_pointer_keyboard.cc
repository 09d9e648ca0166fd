#include "input/queued_pointer_keyboard.h"

#include <doctest/doctest.h>
#include <linux/input-event-codes.h>
#include <signal.h>
#include <unistd.h>

#include <future>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "input/x_program.h"
#include "support/xvfb.h"

using namespace earthshine;
using namespace earthshine::test;

namespace {

using Details = std::vector<std::pair<int, int>>;

Details details(const std::vector<Seen>& events) {
  Details result;
  for (const auto& event : events) result.emplace_back(event.type, event.detail);
  return result;
}

struct Desk {
  Xvfb server{"800x600x24"};
  XProgram program{server.display()};
  std::unique_ptr<QueuedPointerKeyboard> input = std::make_unique<QueuedPointerKeyboard>();

  void begin() {
    auto opened = open_xtest_pointer_keyboard(server.display());
    REQUIRE(opened.ok());
    input->begin(std::move(opened.value()));
  }
};

double milliseconds_of(const auto& work) {
  const Nanoseconds before = now();
  work();
  return static_cast<double>(now() - before) / 1e6;
}

void pause(int milliseconds) {
  std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
}

}  // namespace

TEST_CASE("queued input: what is asked before the devices are open is played in order") {
  Desk desk;
  desk.input->key(KEY_A, true);
  desk.input->button(BTN_LEFT, true);
  desk.begin();
  desk.input->button(BTN_LEFT, false);
  desk.input->key(KEY_A, false);
  CHECK(details(desk.program.drain()) == Details{{XCB_KEY_PRESS, KEY_A + 8},
                                                 {XCB_BUTTON_PRESS, 1},
                                                 {XCB_BUTTON_RELEASE, 1},
                                                 {XCB_KEY_RELEASE, KEY_A + 8}});
}

TEST_CASE("queued input: it returns how the last call of its kind went") {
  Desk desk;
  desk.begin();
  desk.input->key(KEY_SELECT, true);  // beyond X's key codes
  pause(100);
  CHECK_FALSE(desk.input->key(KEY_A, true));
  pause(100);
  CHECK(desk.input->key(KEY_A, false));
  CHECK(desk.input->text(U'x'));
}

TEST_CASE("queued input: what is held is released by the time that close returns") {
  Desk desk;
  desk.begin();
  desk.input->key(KEY_LEFTSHIFT, true);
  desk.input->close();
  desk.input->close();
  desk.input->key(KEY_A, true);
  CHECK(details(desk.program.drain()) ==
        Details{{XCB_KEY_PRESS, KEY_LEFTSHIFT + 8}, {XCB_KEY_RELEASE, KEY_LEFTSHIFT + 8}});
}

TEST_CASE("queued input: a server that hangs holds nobody up, and old input is left out") {
  Desk desk;
  desk.begin();
  desk.input->key(KEY_LEFTSHIFT, true);
  desk.program.drain();
  desk.server.signal(SIGSTOP);
  const double asking = milliseconds_of([&] {
    for (int i = 0; i < 20'000; ++i) desk.input->move_relative(1, 0);
    // The thread stands in this one, or in a motion before it.
    desk.input->text(U'x');
    desk.input->key(KEY_B, true);
  });
  MESSAGE("20000 motions of a hung server: ", asking, " ms");
  CHECK(asking < 500);
  CHECK(desk.input->alive());
  pause(1'200);
  desk.input->key(KEY_LEFTSHIFT, false);
  desk.server.signal(SIGCONT);
  std::vector<int> keys;
  for (const auto& seen : desk.program.drain()) {
    if (seen.type == XCB_KEY_PRESS || seen.type == XCB_KEY_RELEASE) keys.push_back(seen.detail);
  }
  // Too much waited, so some is lost; what was held is released all the same.
  CHECK(keys == std::vector<int>{KEY_LEFTSHIFT + 8});

  desk.input->move_absolute(0.5, 0.5);
  CHECK(desk.program.wait(XCB_MOTION_NOTIFY, 1).size() == 1);
}

TEST_CASE("queued input: the end of a server that hangs is not waited for") {
  Desk desk;
  desk.begin();
  desk.input->move_relative(1, 1);
  desk.program.drain();
  desk.server.signal(SIGSTOP);
  CHECK(milliseconds_of([&] { desk.input->close(); }) < 300);
  desk.server.signal(SIGCONT);
}

TEST_CASE("queued input: devices that were never opened end at once, also when they open later") {
  Desk desk;
  desk.input->key(KEY_A, true);
  CHECK(milliseconds_of([&] { desk.input->close(); }) < 50);
  desk.begin();
  // What was asked before the end is played, and released.
  CHECK(details(desk.program.drain()) ==
        Details{{XCB_KEY_PRESS, KEY_A + 8}, {XCB_KEY_RELEASE, KEY_A + 8}});
}

TEST_CASE("queued input: a server that ended is noticed while nothing is asked of it") {
  Desk desk;
  desk.begin();
  CHECK(desk.input->alive());
  desk.server.signal(SIGKILL);
  for (int i = 0; i < 100 && desk.input->alive(); ++i) pause(10);
  CHECK_FALSE(desk.input->alive());
}
