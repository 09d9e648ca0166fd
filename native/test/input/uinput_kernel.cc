#include <dirent.h>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <mutex>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "input/gamepad.h"
#include "input/pointer_keyboard.h"
#include "input/uinput_device.h"

// The kernel's own devices, seen from the side of a program. They run where /dev/uinput can be
// opened: on a desktop, or in a virtual machine.

using namespace earthshine;
using namespace std::chrono_literals;

namespace {

using Event = std::tuple<int, int, int>;
using Events = std::vector<Event>;
constexpr Event kEnd{EV_SYN, SYN_REPORT, 0};

bool uinput_missing() {
  const auto fault = uinput_fault();
  if (fault) MESSAGE("not run: " << *fault);
  return fault.has_value();
}

/// A device as a program opens it, found by its name.
class Reader {
 public:
  explicit Reader(const std::string& name) {
    for (int turn = 0; turn < 200 && fd_ < 0; ++turn) {
      find(name);
      if (fd_ < 0) std::this_thread::sleep_for(20ms);
    }
    REQUIRE_MESSAGE(fd_ >= 0, "no device " << name);
  }
  ~Reader() {
    if (fd_ >= 0) close(fd_);
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  [[nodiscard]] int fd() const { return fd_; }

  [[nodiscard]] bool gone() const {
    input_event event{};
    return read(fd_, &event, sizeof event) < 0 && errno == ENODEV;
  }

  /// What comes until nothing came for 100 ms.
  Events events() const {
    Events result;
    pollfd waiting{fd_, POLLIN, 0};
    while (poll(&waiting, 1, 100) > 0) {
      input_event event{};
      if (read(fd_, &event, sizeof event) != sizeof event) break;
      // The kernel's own repetition of held keys comes when it comes.
      if (event.type == EV_KEY && event.value == 2) continue;
      if (event.type == EV_SYN && event.value == 1) continue;
      result.emplace_back(event.type, event.code, event.value);
    }
    return result;
  }

 private:
  void find(const std::string& name) {
    DIR* directory = opendir("/dev/input");
    if (directory == nullptr) return;
    while (const dirent* entry = readdir(directory)) {
      const std::string path = std::string("/dev/input/") + entry->d_name;
      if (path.find("/event") == std::string::npos) continue;
      const int fd = open(path.c_str(), O_RDWR | O_CLOEXEC);
      char found[128] = {};
      if (fd >= 0 && ioctl(fd, EVIOCGNAME(sizeof found), found) >= 0 && name == found) {
        fd_ = fd;
        break;
      }
      if (fd >= 0) close(fd);
    }
    closedir(directory);
  }

  int fd_ = -1;
};

}  // namespace

TEST_CASE("uinput in the kernel: keys, mice, wheels, and the release at the end") {
  if (uinput_missing()) return;
  auto opened = open_uinput_pointer_keyboard("Earthshine test");
  REQUIRE(opened.ok());
  auto& input = *opened.value();
  const Reader keyboard("Earthshine test keyboard");
  const Reader mouse("Earthshine test mouse");
  const Reader absolute("Earthshine test absolute mouse");
  input.key(KEY_A, true);
  input.key(KEY_A, false);
  CHECK(keyboard.events() == Events{{EV_KEY, KEY_A, 1}, kEnd, {EV_KEY, KEY_A, 0}, kEnd});
  input.move_relative(3, -4);
  input.button(BTN_EXTRA, true);
  input.button(BTN_EXTRA, false);
  input.scroll(60, 0);
  input.scroll(60, -120);
  CHECK(mouse.events() == Events{{EV_REL, REL_X, 3},
                                 {EV_REL, REL_Y, -4},
                                 kEnd,
                                 {EV_KEY, BTN_EXTRA, 1},
                                 kEnd,
                                 {EV_KEY, BTN_EXTRA, 0},
                                 kEnd,
                                 {EV_REL, REL_WHEEL_HI_RES, 60},
                                 kEnd,
                                 {EV_REL, REL_WHEEL_HI_RES, 60},
                                 {EV_REL, REL_WHEEL, 1},
                                 {EV_REL, REL_HWHEEL_HI_RES, -120},
                                 {EV_REL, REL_HWHEEL, -1},
                                 kEnd});
  input.move_absolute(1, 0.5);
  CHECK(absolute.events() == Events{{EV_ABS, ABS_X, 65'535}, {EV_ABS, ABS_Y, 32'768}, kEnd});
  CHECK(input.text(U'!'));
  CHECK(keyboard.events() == Events{{EV_KEY, KEY_LEFTSHIFT, 1},
                                    kEnd,
                                    {EV_KEY, KEY_1, 1},
                                    kEnd,
                                    {EV_KEY, KEY_1, 0},
                                    kEnd,
                                    {EV_KEY, KEY_LEFTSHIFT, 0},
                                    kEnd});
  CHECK(input.text(U'€'));
  Events pressed;
  for (const auto& event : keyboard.events()) {
    if (std::get<0>(event) == EV_KEY && std::get<2>(event) == 1) pressed.push_back(event);
  }
  CHECK(pressed == Events{{EV_KEY, KEY_LEFTCTRL, 1},
                          {EV_KEY, KEY_LEFTSHIFT, 1},
                          {EV_KEY, KEY_U, 1},
                          {EV_KEY, KEY_2, 1},
                          {EV_KEY, KEY_0, 1},
                          {EV_KEY, KEY_A, 1},
                          {EV_KEY, KEY_C, 1},
                          {EV_KEY, KEY_SPACE, 1}});
  input.key(KEY_W, true);
  input.button(BTN_LEFT, true);
  keyboard.events();
  input.close();
  // The kernel releases what a removed device held, and lets nobody read from it any more.
  CHECK(keyboard.gone());
  CHECK(mouse.gone());
  CHECK(absolute.gone());
  input.close();
}

TEST_CASE("uinput in the kernel: touch and pen") {
  if (uinput_missing()) return;
  auto opened = open_uinput_pointer_keyboard("Earthshine test");
  REQUIRE(opened.ok());
  auto& input = *opened.value();
  using Touch = TouchEvent::Kind;
  CHECK(input.touch({.kind = Touch::kDown, .pointer_id = 1, .x = 0.1, .y = 0.1}));
  CHECK(input.touch({.kind = Touch::kUp, .pointer_id = 1}));
  const Reader screen("Earthshine test touch screen");
  screen.events();
  CHECK(input.touch({.kind = Touch::kDown, .pointer_id = 5, .x = 1, .y = 0}));
  const auto down = screen.events();
  REQUIRE_FALSE(down.empty());
  CHECK(std::get<1>(down[0]) == ABS_MT_TRACKING_ID);
  CHECK(std::count(down.begin(), down.end(), Event{EV_ABS, ABS_MT_POSITION_X, 65'535}) == 1);
  CHECK(std::count(down.begin(), down.end(), Event{EV_KEY, BTN_TOUCH, 1}) == 1);

  using Pen = PenEvent::Kind;
  CHECK(input.pen({.kind = Pen::kHover, .x = 0.1, .y = 0.1}));
  const Reader tablet("Earthshine test pen");
  tablet.events();
  CHECK(input.pen({.kind = Pen::kDown, .x = 0.5, .y = 0.1, .pressure = 1}));
  const auto stroke = tablet.events();
  CHECK(std::count(stroke.begin(), stroke.end(), Event{EV_ABS, ABS_PRESSURE, 4'095}) == 1);
  CHECK(std::count(stroke.begin(), stroke.end(), Event{EV_KEY, BTN_TOUCH, 1}) == 1);
  input.close();
  CHECK(screen.gone());
  CHECK(tablet.gone());
}

TEST_CASE("uinput in the kernel: pads of each kind with force feedback") {
  if (uinput_missing()) return;
  for (const PadKind kind : {PadKind::kXbox, PadKind::kPlaystation, PadKind::kNintendo}) {
    CAPTURE(static_cast<int>(kind));
    std::mutex mutex;
    std::vector<Rumble> felt;
    const auto rumbles = [&](std::size_t count) {
      for (int turn = 0; turn < 200; ++turn) {
        {
          const std::lock_guard lock(mutex);
          if (felt.size() >= count) return std::vector<Rumble>(felt);
        }
        std::this_thread::sleep_for(10ms);
      }
      const std::lock_guard lock(mutex);
      return std::vector<Rumble>(felt);
    };
    auto opened = Gamepad::open(kind, "Earthshine test pad", [&](Rumble rumble) {
      const std::lock_guard lock(mutex);
      felt.push_back(rumble);
    });
    REQUIRE(opened.ok());
    auto& pad = *opened.value();
    {
      const Reader game("Earthshine test pad");
      game.events();
      pad.state({.buttons = kPadB, .left_x = 32'767});
      auto seen = game.events();
      const int east = kind == PadKind::kNintendo ? BTN_SOUTH : BTN_EAST;
      const int right = kind == PadKind::kPlaystation ? 255 : 32'767;
      CHECK(seen == Events{{EV_KEY, east, 1}, {EV_ABS, ABS_X, right}, kEnd});
      pad.state({.buttons = kPadB, .left_x = 32'767});
      CHECK(game.events().empty());

      ff_effect effect{};
      effect.type = FF_RUMBLE;
      effect.id = -1;
      effect.u.rumble = {0x8000, 0x4000};
      effect.replay = {200, 0};
      REQUIRE(ioctl(game.fd(), EVIOCSFF, &effect) == 0);
      input_event play{};
      play.type = EV_FF;
      play.code = static_cast<std::uint16_t>(effect.id);
      play.value = 1;
      REQUIRE(write(game.fd(), &play, sizeof play) == sizeof play);
      CHECK(rumbles(2) == std::vector<Rumble>{{0x8000, 0x4000}, {0, 0}});  // ends by itself

      effect.replay = {0, 0};
      REQUIRE(ioctl(game.fd(), EVIOCSFF, &effect) == 0);
      input_event gain = play;
      gain.code = FF_GAIN;
      gain.value = 0x8000;
      REQUIRE(write(game.fd(), &gain, sizeof gain) == sizeof gain);
      REQUIRE(write(game.fd(), &play, sizeof play) == sizeof play);
      CHECK(rumbles(3).back() == Rumble{0x4000, 0x2000});
      REQUIRE(ioctl(game.fd(), EVIOCRMFF, effect.id) == 0);
      CHECK(rumbles(4).back() == Rumble{0, 0});

      effect.type = FF_CONSTANT;
      effect.id = -1;
      CHECK(ioctl(game.fd(), EVIOCSFF, &effect) != 0);
    }
    pad.close();
    pad.close();
    const auto before = rumbles(0).size();
    std::this_thread::sleep_for(20ms);
    CHECK(rumbles(0).size() == before);
  }
}
