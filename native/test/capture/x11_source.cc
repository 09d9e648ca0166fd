#include "capture/x11_source.h"

#include <doctest/doctest.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <stop_token>
#include <string>
#include <thread>

#include "capture/x11_client.h"
#include "support/grabbed_view.h"
#include "support/xvfb.h"

using namespace earthshine;
using earthshine::test::grab;
using earthshine::test::pixel;
using earthshine::test::view_of;
using earthshine::test::X11Client;
using earthshine::test::Xvfb;

namespace {

constexpr Nanoseconds kMillisecond = 1'000'000;

std::unique_ptr<Source> open(const std::string& display, bool cursor = false,
                             const std::string& screen = "") {
  auto source = X11Source::open({.display = display, .screen = screen, .cursor = cursor});
  REQUIRE_MESSAGE(source.ok(), (source.ok() ? "" : source.fault().message));
  const auto first = source.value()->poll();
  REQUIRE(first.ok());
  CHECK(first.value().area.has_value());
  return std::move(source.value());
}

/// Waits like the capture thread, on the descriptor; gathers what the source says.
SourceChange wait_for_change(Source& source, int milliseconds) {
  const Nanoseconds end = now() + milliseconds * kMillisecond;
  for (;;) {
    auto change = source.poll();
    REQUIRE(change.ok());
    if (change.value().picture || change.value().area) return change.value();
    const int left = static_cast<int>((end - now()) / kMillisecond);
    if (left <= 0) return change.value();
    pollfd watched{source.descriptor(), POLLIN, 0};
    ::poll(&watched, 1, left);
  }
}

/// Takes in everything that is under way.
void settle(Source& source) {
  while (wait_for_change(source, 50).picture) grab(source);
}

/// The shortest of several times from an act, which gets the number of the try, until the source
/// tells of a change: a busy machine makes one of them long.
template <typename Act>
Nanoseconds quickest_notice(Source& source, Act act) {
  Nanoseconds quickest = 60'000 * kMillisecond;
  for (int i = 0; i < 5; ++i) {
    settle(source);
    const Nanoseconds begin = now();
    act(i);
    REQUIRE(wait_for_change(source, 10'000).picture);
    quickest = std::min(quickest, now() - begin);
    grab(source);
  }
  return quickest;
}

}  // namespace

TEST_CASE("what a client draws is seen at once, and a still screen stays silent") {
  const Xvfb server("640x480x24");
  X11Client client(server.display());
  const auto source = open(server.display());
  CHECK(pixel(grab(*source).view, 10, 10) == 0);
  settle(*source);

  const Nanoseconds begin = now();
  CHECK_FALSE(wait_for_change(*source, 300).picture);
  CHECK(now() - begin >= 299 * kMillisecond);

  const Nanoseconds drawn = now();
  client.fill(100, 50, 20, 10, 0x123456);
  const SourceChange change = wait_for_change(*source, 10'000);
  CHECK(change.picture);
  CHECK(change.latest >= drawn);
  CHECK(change.latest <= now());
  const BgrxView view = grab(*source).view;
  CHECK(view.width == 640);
  CHECK(view.height == 480);
  CHECK(pixel(view, 100, 50) == 0x123456);
  CHECK(pixel(view, 119, 59) == 0x123456);
  CHECK(pixel(view, 99, 50) == 0);
  CHECK(pixel(view, 120, 59) == 0);
  CHECK(quickest_notice(*source, [&](int i) { client.fill(100, 50, 20, 10, i + 1); }) <
        50 * kMillisecond);
}

TEST_CASE("a source tells when its newest picture was drawn, however late it is asked") {
  const Xvfb server;
  X11Client client(server.display());
  const auto source = open(server.display());
  grab(*source);
  settle(*source);
  client.fill(0, 0, 10, 10, 1);
  usleep(60'000);
  const Nanoseconds before = now();
  client.fill(0, 0, 10, 10, 2);
  const Nanoseconds after = now();
  usleep(300'000);
  const SourceChange change = wait_for_change(*source, 10'000);
  REQUIRE(change.picture);
  // The server tells whole milliseconds, and may be late to draw.
  CHECK(change.latest >= before - kMillisecond);
  CHECK(change.latest < after + 200 * kMillisecond);
  CHECK(change.period >= 20 * kMillisecond);
  CHECK(change.period < 260 * kMillisecond);
}

TEST_CASE("the cursor is drawn in, follows the pointer, and leaves no trace") {
  const Xvfb server;
  X11Client client(server.display());
  client.set_cursor(8, 0xFFFF);
  client.move_pointer(100, 100);
  const auto source = open(server.display(), true);
  CHECK(pixel(grab(*source).view, 103, 103) == 0xFF0000);
  settle(*source);

  SUBCASE("moved by input, noticed at once") {
    CHECK(quickest_notice(*source, [&](int i) { client.move_pointer(204 - i, 150); }) <
          90 * kMillisecond);
  }
  SUBCASE("warped") {
    CHECK(quickest_notice(*source, [&](int i) { client.warp_pointer(204 - i, 150); }) <
          90 * kMillisecond);
  }
  SUBCASE("warped over a window that takes pointer motion, noticed a little later") {
    client.take_motion();
    client.warp_pointer(200, 150);
    usleep(110'000);
    CHECK(wait_for_change(*source, 10'000).picture);
  }
  const BgrxView view = grab(*source).view;
  CHECK(pixel(view, 203, 153) == 0xFF0000);
  CHECK(pixel(view, 103, 103) == 0);

  client.set_cursor(8, 0x8080);
  CHECK(wait_for_change(*source, 10'000).picture);
  CHECK(pixel(grab(*source).view, 203, 153) == 0x800000);

  const auto without = open(server.display(), false);
  CHECK(pixel(grab(*without).view, 203, 153) == 0);
}

TEST_CASE("a cursor is blended and cut off at the edges") {
  std::vector<std::uint8_t> pixels(4 * 4 * 4, 100);
  CursorPainter painter;
  painter.set_image({3, 3, 1, 1, std::vector<std::uint32_t>(9, 0x80400000)});
  const auto before = pixels;
  painter.paint(pixels.data(), 4, 4, 0, 0);
  // 0x40 + 100 × (255 − 128) / 255
  CHECK(pixels[2] == 64 + 50);
  CHECK(pixels[0] == 50);
  CHECK(pixels[4 * 4 * 2] == 100);
  painter.erase(pixels.data(), 4);
  CHECK(pixels[2] == 100);
  painter.paint(pixels.data(), 4, 4, 50, -50);
  painter.erase(pixels.data(), 4);
  CHECK(pixels[10] == before[10]);
}

TEST_CASE("a display that cannot be captured has no screens, but a sentence") {
  const Xvfb palette("640x480x8");
  const auto screens = X11Source::screens(palette.display());
  REQUIRE_FALSE(screens.ok());
  CHECK(screens.fault().message.find("start it with depth 24") != std::string::npos);
  const Xvfb blind("640x480x24", "DAMAGE");
  const auto blind_screens = X11Source::screens(blind.display());
  REQUIRE_FALSE(blind_screens.ok());
  CHECK(blind_screens.fault().message.find("DAMAGE") != std::string::npos);
  CHECK_FALSE(X11Source::screens(":987654").ok());
}

TEST_CASE("screens of other depths, and of servers that share no memory, are captured too") {
  struct Server {
    const char* screen;
    const char* without;
    /// drawn, and seen in its place
    std::uint32_t drawn, seen;
  };
  // Of 16 bits 5, 6 and 5 are stretched; of 30 the upper 8 of 10 count.
  constexpr std::array<Server, 5> kServers{
      {{"640x480x16", "", 18U << 11 | 33U << 5 | 9U, 0x94864A},
       {"640x480x16", "MIT-SHM", 18U << 11 | 33U << 5 | 9U, 0x94864A},
       {"640x480x30", "", 0x123U << 20 | 0x2AAU << 10 | 0x3FFU, 0x48AAFF},
       {"640x480x30", "MIT-SHM", 0x123U << 20 | 0x2AAU << 10 | 0x3FFU, 0x48AAFF},
       {"640x480x24", "MIT-SHM", 0x123456, 0x123456}}};
  for (const Server& each : kServers) {
    CAPTURE(std::string(each.screen));
    CAPTURE(std::string(each.without));
    const Xvfb server(each.screen, each.without);
    X11Client client(server.display());
    client.set_cursor(8, 0xFFFF);
    client.move_pointer(300, 200);
    const auto screens = X11Source::screens(server.display());
    REQUIRE(screens.ok());
    CHECK(screens.value()[0].area.width == 640);
    const auto source = open(server.display(), true);
    settle(*source);
    // The last row and column too, where a wrong length of rows shows first.
    client.fill(100, 50, 540, 430, each.drawn);
    REQUIRE(wait_for_change(*source, 10'000).picture);
    const BgrxView view = grab(*source).view;
    CHECK(pixel(view, 100, 50) == each.seen);
    CHECK(pixel(view, 639, 479) == each.seen);
    CHECK(pixel(view, 99, 50) == 0);
    CHECK(pixel(view, 303, 203) == 0xFF0000);
    settle(*source);
    // Only these rows are read.
    client.fill(10, 20, 4, 4, 0);
    client.fill(100, 50, 8, 8, 0);
    REQUIRE(wait_for_change(*source, 10'000).picture);
    const BgrxView next = grab(*source).view;
    CHECK(pixel(next, 107, 57) == 0);
    CHECK(pixel(next, 108, 57) == each.seen);
    CHECK(pixel(next, 303, 203) == 0xFF0000);
    client.set_screen_size(601, 300);
    SourceChange change = wait_for_change(*source, 1000);
    for (int i = 0; i < 5 && !change.area; ++i) change = wait_for_change(*source, 300);
    CHECK(grab(*source).view.width == 601);
    client.fill(0, 0, 601, 300, each.drawn);
    settle(*source);
    CHECK(pixel(grab(*source).view, 600, 299) == each.seen);
  }
}

TEST_CASE(
    "one of several monitors is captured, followed when it changes, and replaced when it goes") {
  const Xvfb server("800x400x24");
  X11Client client(server.display());
  client.set_monitor("left", 0, 0, 400, 400);
  client.set_monitor("right", 400, 0, 400, 400);
  const auto screens = X11Source::screens(server.display());
  REQUIRE(screens.ok());
  const auto right = choose_screen(screens.value(), "right");
  REQUIRE(right.has_value());
  CHECK(right->area == SourceArea{400, 0, 400, 400, 800, 400});

  const auto source = open(server.display(), false, "right");
  client.fill(400, 0, 400, 400, 0x00FF00);
  settle(*source);
  const BgrxView view = grab(*source).view;
  CHECK(view.width == 400);
  CHECK(pixel(view, 0, 0) == 0x00FF00);

  client.fill(0, 0, 100, 100, 0xFF0000);
  CHECK_FALSE(wait_for_change(*source, 150).picture);
  client.fill(390, 0, 20, 20, 0xFF0000);
  CHECK(wait_for_change(*source, 1000).picture);
  CHECK(pixel(grab(*source).view, 5, 5) == 0xFF0000);

  client.delete_monitor("right");
  client.set_monitor("right", 500, 100, 200, 300);
  SourceChange change = wait_for_change(*source, 1000);
  const SourceArea moved{500, 100, 200, 300, 800, 400};
  for (int i = 0; i < 5 && change.area != moved; ++i) change = wait_for_change(*source, 300);
  CHECK(change.area == moved);
  const BgrxView smaller = grab(*source).view;
  CHECK(smaller.width == 200);
  CHECK(smaller.height == 300);
  CHECK(pixel(smaller, 0, 0) == 0x00FF00);

  // Another place, the same size.
  client.delete_monitor("right");
  client.set_monitor("right", 600, 100, 200, 300);
  change = wait_for_change(*source, 1000);
  for (int i = 0; i < 5 && (!change.area || change.area->x != 600); ++i) {
    change = wait_for_change(*source, 300);
  }
  CHECK(change.area == SourceArea{600, 100, 200, 300, 800, 400});
  grab(*source);

  client.delete_monitor("right");
  change = wait_for_change(*source, 1000);
  CHECK(change.area == SourceArea{0, 0, 400, 400, 800, 400});
  CHECK(change.notice.find("right") != std::string::npos);
  CHECK(grab(*source).view.width == 400);
}

TEST_CASE("a root window that changes its size is followed") {
  const Xvfb server("640x480x24");
  X11Client client(server.display());
  const auto source = open(server.display(), true);
  grab(*source);
  settle(*source);
  client.set_screen_size(600, 300);
  SourceChange change = wait_for_change(*source, 1000);
  for (int i = 0; i < 5 && !change.area; ++i) change = wait_for_change(*source, 300);
  CHECK(change.area == SourceArea{0, 0, 600, 300, 600, 300});
  CHECK(grab(*source).view.width == 600);
}

TEST_CASE(
    "a screen that is dragged to other sizes all the time is no fault, and every view is whole") {
  const Xvfb server("640x480x24");
  const auto source = open(server.display(), true);
  grab(*source);
  // Ends with the test, however that ends.
  const std::jthread dragging([&](const std::stop_token& stop) {
    X11Client client(server.display());
    for (int step = 0; !stop.stop_requested(); ++step) {
      client.set_screen_size(200 + step * 37 % 440, 150 + step * 53 % 330);
    }
  });
  int sizes = 0;
  BgrxView last = grab(*source).view;
  const Nanoseconds end = now() + 3'000'000'000;
  while (now() < end) {
    REQUIRE(source->poll().ok());
    const auto grabbed = source->grab();
    REQUIRE(grabbed.ok());
    const BgrxView& view = view_of(grabbed.value());
    sizes += view.width != last.width ? 1 : 0;
    last = view;
    // Memory that is not there any more ends the test here.
    std::uint64_t sum = 0;
    for (int y = 0; y < view.height; ++y) {
      for (int x = 0; x < view.width * 4; ++x) sum += view.row(y)[x];
    }
    CHECK(sum < UINT64_MAX);
  }
  CHECK(sizes > 20);
}

TEST_CASE("the death of the X server is a fault that names it") {
  Xvfb server;
  X11Client client(server.display());
  const auto source = open(server.display(), true);
  grab(*source);
  settle(*source);
  server.stop();
  pollfd watched{source->descriptor(), POLLIN, 0};
  CHECK(::poll(&watched, 1, 1000) == 1);
  const auto change = source->poll();
  REQUIRE_FALSE(change.ok());
  CHECK(change.fault().message.find(server.display()) != std::string::npos);
  CHECK_FALSE(source->grab().ok());
}

TEST_CASE("a display or a monitor that is not there is refused with a reason") {
  CHECK_FALSE(X11Source::open({.display = ":987654", .screen = "", .cursor = true}).ok());
  CHECK_FALSE(X11Source::screens(":987654").ok());
  const Xvfb server;
  const auto source =
      X11Source::open({.display = server.display(), .screen = "nowhere", .cursor = true});
  REQUIRE_FALSE(source.ok());
  CHECK(source.fault().message.find("nowhere") != std::string::npos);
  const Xvfb shallow("640x480x8");
  CHECK_FALSE(X11Source::open({.display = shallow.display(), .screen = "", .cursor = true}).ok());
}

TEST_CASE("a still screen is not asked where the pointer is, and shows it with the next change") {
  const Xvfb server;
  X11Client client(server.display());
  client.set_cursor(8, 0xFFFF);
  client.take_motion();
  client.move_pointer(100, 100);
  const auto source = open(server.display(), true);
  settle(*source);
  // Longer than the search for a pointer that was set to another place.
  CHECK_FALSE(wait_for_change(*source, 2200).picture);
  client.warp_pointer(200, 150);
  CHECK_FALSE(wait_for_change(*source, 250).picture);
  client.fill(5, 5, 1, 1, 0x00FF00);
  CHECK(wait_for_change(*source, 1000).picture);
  const BgrxView view = grab(*source).view;
  CHECK(pixel(view, 203, 153) == 0xFF0000);
  CHECK(pixel(view, 103, 103) == 0);
}

TEST_CASE(
    "a pointer that a program sets elsewhere without an event is found while pictures follow") {
  const Xvfb server;
  X11Client client(server.display());
  client.set_cursor(8, 0xFFFF);
  client.take_motion();
  client.move_pointer(100, 100);
  const auto source = open(server.display(), true);
  settle(*source);
  client.warp_pointer(200, 150);
  const Nanoseconds end = now() + 10'000 * kMillisecond;
  bool found = false;
  for (int i = 0; !found && now() < end; ++i) {
    client.fill(5, 5, 1, 1, i % 2 == 0 ? 0x00FF00 : 0x0000FF);
    REQUIRE(wait_for_change(*source, 1000).picture);
    const BgrxView view = grab(*source).view;
    found = pixel(view, 203, 153) == 0xFF0000;
    // One that it is not drawn at has no trace of it.
    CHECK(pixel(view, 103, 103) == (found ? 0 : 0xFF0000));
  }
  CHECK(found);
}
