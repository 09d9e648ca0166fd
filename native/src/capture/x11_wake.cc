#include "capture/x11_wake.h"

#include <sys/uio.h>
#include <xcb/xcb.h>
#include <xcb/xcbext.h>

#include <array>
#include <cstdint>
#include <cstdlib>

#include "capture/x11_visit.h"

namespace earthshine {
namespace {

/// DPMS Extension Protocol, "DPMSForceLevel" and its level "On".
constexpr std::uint8_t kForceLevel = 6;
constexpr std::uint16_t kOn = 0;

xcb_extension_t dpms_extension{"DPMS", 0};

/// The wire's form; xcb writes the first four bytes.
struct ForceLevelRequest {
  std::uint8_t major_opcode = 0, minor_opcode = 0;
  std::uint16_t length = 0;
  std::uint16_t level = kOn;
  std::uint16_t unused = 0;
};

/// The library of this one request is nowhere else of use. A server whose DPMS is off refuses it,
/// and its monitors are on.
void turn_on(xcb_connection_t* connection) {
  const auto* dpms = xcb_get_extension_data(connection, &dpms_extension);
  if (dpms == nullptr || dpms->present == 0) return;
  ForceLevelRequest request;
  // Two more before the request are xcb's own (xcb_send_request).
  std::array<iovec, 4> parts{};
  parts[2] = {&request, sizeof request};
  const xcb_protocol_request_t form{2, &dpms_extension, kForceLevel, 1};
  const unsigned sequence = xcb_send_request(connection, XCB_REQUEST_CHECKED, &parts[2], &form);
  std::free(xcb_request_check(connection, xcb_void_cookie_t{sequence}));
}

}  // namespace

Result<bool> wake_x11(const std::string& display) {
  auto visited = visit_x11(display);
  if (!visited) return visited.fault();
  xcb_connection_t* connection = visited.value()->get();
  turn_on(connection);
  const auto reset = xcb_force_screen_saver_checked(connection, XCB_SCREEN_SAVER_RESET);
  std::free(xcb_request_check(connection, reset));
  if (!visited.value()->alive()) return visited.value()->lost();
  return true;
}

}  // namespace earthshine
