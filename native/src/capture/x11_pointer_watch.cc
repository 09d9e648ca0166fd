#include "capture/x11_pointer_watch.h"

#include <sys/uio.h>
#include <xcb/xcbext.h>

#include <array>
#include <cstdint>
#include <cstring>

namespace earthshine {
namespace {

// XInput 2 protocol (XI2proto): request and event numbers.
constexpr std::uint8_t kSelectEvents = 46;
constexpr std::uint8_t kQueryVersion = 47;
constexpr std::uint16_t kAllMasterDevices = 1;
constexpr std::uint16_t kMotion = 6;
constexpr std::uint16_t kRawMotion = 17;

xcb_extension_t xinput{"XInputExtension", 0};

struct QueryVersion {
  std::uint8_t major_opcode, minor_opcode;
  std::uint16_t length;
  std::uint16_t major, minor;
};

struct SelectEvents {
  std::uint8_t major_opcode, minor_opcode;
  std::uint16_t length;
  std::uint32_t window;
  std::uint16_t masks;
  std::uint16_t padding;
  // one mask
  std::uint16_t device;
  std::uint16_t words;
  std::uint32_t mask;
};

struct VersionReply {
  std::uint8_t response_type, padding;
  std::uint16_t sequence;
  std::uint32_t length;
  std::uint16_t major, minor;
};

/// XCB fills in the opcodes and the length.
template <typename Request>
unsigned send(xcb_connection_t* connection, Request& request, std::uint8_t minor, bool is_void) {
  const xcb_protocol_request_t protocol{2, &xinput, minor, static_cast<std::uint8_t>(is_void)};
  // Two entries before the first are XCB's own.
  std::array<iovec, 4> parts{};
  parts[2] = {&request, sizeof request};
  parts[3] = {nullptr, 0};
  return xcb_send_request(connection, is_void ? 0 : XCB_REQUEST_CHECKED, parts.data() + 2,
                          &protocol);
}

}  // namespace

X11PointerWatch::X11PointerWatch(const X11Connection& x11) {
  const auto* extension = xcb_get_extension_data(x11.get(), &xinput);
  if (extension == nullptr || extension->present == 0) return;
  QueryVersion query{.major_opcode = 0, .minor_opcode = 0, .length = 0, .major = 2, .minor = 2};
  const unsigned sequence = send(x11.get(), query, kQueryVersion, false);
  xcb_generic_error_t* error = nullptr;
  const X11Reply<void> reply(xcb_wait_for_reply(x11.get(), sequence, &error));
  const X11Reply<xcb_generic_error_t> owned(error);
  if (!reply) return;
  VersionReply version;
  std::memcpy(&version, reply.get(), sizeof version);
  if (version.major < 2) return;

  SelectEvents select{.major_opcode = 0,
                      .minor_opcode = 0,
                      .length = 0,
                      .window = x11.root(),
                      .masks = 1,
                      .padding = 0,
                      .device = kAllMasterDevices,
                      .words = 1,
                      .mask = 1U << kRawMotion | 1U << kMotion};
  send(x11.get(), select, kSelectEvents, true);
  opcode_ = extension->major_opcode;
}

bool X11PointerWatch::is_motion(const xcb_generic_event_t& event) const {
  if (opcode_ == 0 || (event.response_type & 0x7F) != XCB_GE_GENERIC) return false;
  xcb_ge_generic_event_t generic;
  std::memcpy(&generic, &event, sizeof generic);
  return generic.extension == opcode_ &&
         (generic.event_type == kRawMotion || generic.event_type == kMotion);
}

}  // namespace earthshine
