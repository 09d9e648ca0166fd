#include "input/x11_locks.h"

#include <sys/uio.h>
#include <xcb/xcbext.h>

#include "input/x11_reply.h"

namespace earthshine {

namespace {

// Two requests of the extension (X Keyboard Extension, §4.1 and §9.3.2), so that nothing has to be
// linked for them. XCB fills in the first four bytes.
xcb_extension_t extension = {"XKEYBOARD", 0};

struct UseExtension {
  std::uint8_t major_opcode = 0, minor_opcode = 0;
  std::uint16_t length = 0;
  std::uint16_t wanted_major = 1, wanted_minor = 0;
};

struct UseExtensionReply {
  std::uint8_t response_type, supported;
  std::uint16_t sequence;
  std::uint32_t length;
  std::uint16_t server_major, server_minor;
  std::uint8_t padding[20];
};
static_assert(sizeof(UseExtensionReply) == 32);

struct LatchLockState {
  std::uint8_t major_opcode = 0, minor_opcode = 0;
  std::uint16_t length = 0;
  /// the core keyboard
  std::uint16_t device = 0x100;
  std::uint8_t affect_locks = 0, locks = 0;
  std::uint8_t lock_group = 0, group_lock = 0;
  std::uint8_t affect_latches = 0, latches = 0;
  std::uint8_t padding = 0, latch_group = 0;
  std::uint16_t group_latch = 0;
};
static_assert(sizeof(LatchLockState) == 16);

enum : std::uint8_t { kUseExtension = 0, kLatchLockState = 5 };

template <typename Request>
unsigned int send(xcb_connection_t* connection, Request request, std::uint8_t opcode,
                  bool answered) {
  const xcb_protocol_request_t protocol = {1, &extension, opcode, !answered};
  // XCB uses two entries in front of those that it is given.
  iovec parts[3] = {{}, {}, {&request, sizeof request}};
  return xcb_send_request(connection, answered ? XCB_REQUEST_CHECKED : 0, parts + 2, &protocol);
}

}  // namespace

bool X11Locks::usable() {
  if (extension_ != Extension::kNotAsked) return extension_ == Extension::kThere;
  const auto* data = xcb_get_extension_data(connection_, &extension);
  if (data == nullptr || data->present == 0) {
    extension_ = Extension::kMissing;
    return false;
  }
  const auto reply = await_reply<UseExtensionReply>(
      connection_, send(connection_, UseExtension{}, kUseExtension, true));
  // A server that was slow is asked again the next time.
  if (reply == nullptr) return false;
  extension_ = reply->supported != 0 ? Extension::kThere : Extension::kMissing;
  return extension_ == Extension::kThere;
}

void X11Locks::set(std::uint8_t modifiers, bool locked) {
  if (!usable()) return;
  LatchLockState request;
  request.affect_locks = modifiers;
  request.locks = locked ? modifiers : 0;
  send(connection_, request, kLatchLockState, false);
}

}  // namespace earthshine
