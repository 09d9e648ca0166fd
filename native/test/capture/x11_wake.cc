#include "capture/x11_wake.h"

#include <doctest/doctest.h>
#include <sys/uio.h>
#include <xcb/xcb.h>
#include <xcb/xcbext.h>

#include <array>
#include <cstdlib>

#include "capture/x11_connection.h"
#include "support/xvfb.h"

using namespace earthshine;
using earthshine::test::Xvfb;

namespace {

/// X11 Screen Saver Extension, "ScreenSaverQueryInfo".
constexpr std::uint8_t kQueryInfo = 1;
constexpr std::uint8_t kSaverOn = 1;

xcb_extension_t saver_extension{"MIT-SCREEN-SAVER", 0};

/// State of the screen saver as the server tells it: off, on, or disabled.
std::uint8_t saver_state(const X11Connection& connection) {
  struct {
    std::uint8_t major_opcode = 0, minor_opcode = 0;
    std::uint16_t length = 0;
    std::uint32_t drawable = 0;
  } request;
  request.drawable = connection.root();
  std::array<iovec, 4> parts{};
  parts[2] = {&request, sizeof request};
  const xcb_protocol_request_t form{2, &saver_extension, kQueryInfo, 0};
  const unsigned sequence =
      xcb_send_request(connection.get(), XCB_REQUEST_CHECKED, &parts[2], &form);
  const X11Reply<xcb_generic_reply_t> reply(
      static_cast<xcb_generic_reply_t*>(xcb_wait_for_reply(connection.get(), sequence, nullptr)));
  REQUIRE(reply);
  return reply->pad0;
}

void begin_saver(const X11Connection& connection) {
  std::free(xcb_request_check(
      connection.get(), xcb_force_screen_saver_checked(connection.get(), XCB_SCREEN_SAVER_ACTIVE)));
}

}  // namespace

TEST_CASE("a server whose screen saver runs is woken, and one that is awake stays so") {
  const Xvfb server;
  const auto connection = X11Connection::open(server.display());
  REQUIRE(connection.ok());
  begin_saver(*connection.value());
  CHECK(saver_state(*connection.value()) == kSaverOn);
  for (int time = 0; time < 2; ++time) {
    CHECK(wake_x11(server.display()).ok());
    CHECK(saver_state(*connection.value()) != kSaverOn);
  }
}

TEST_CASE("a display that is not there cannot be woken, with a sentence") {
  const auto woken = wake_x11(":4242");
  REQUIRE_FALSE(woken.ok());
  CHECK_FALSE(woken.fault().message.empty());
}
