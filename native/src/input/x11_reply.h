#pragma once

#include <poll.h>
#include <xcb/xcb.h>
#include <xcb/xcbext.h>

#include <cstdlib>
#include <memory>

#include "base/clock.h"

namespace earthshine {

struct FreeReply {
  void operator()(void* reply) const { std::free(reply); }
};

/// The answer to an X request, for which a server that stands still is waited for 100 ms at most:
/// the caller's thread has other sessions to serve. Null on an error too.
template <typename T>
std::unique_ptr<T, FreeReply> await_reply(xcb_connection_t* connection, unsigned int sequence) {
  constexpr Nanoseconds kPatience = 100'000'000;
  const Nanoseconds deadline = now() + kPatience;
  xcb_flush(connection);
  for (;;) {
    void* reply = nullptr;
    xcb_generic_error_t* error = nullptr;
    if (xcb_poll_for_reply(connection, sequence, &reply, &error) != 0) {
      std::free(error);
      return std::unique_ptr<T, FreeReply>(static_cast<T*>(reply));
    }
    const Nanoseconds left = deadline - now();
    pollfd waiting{xcb_get_file_descriptor(connection), POLLIN, 0};
    if (left <= 0 || poll(&waiting, 1, static_cast<int>(left / 1'000'000) + 1) < 0) {
      xcb_discard_reply(connection, sequence);
      return nullptr;
    }
  }
}

}  // namespace earthshine
