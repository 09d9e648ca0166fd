#pragma once

#include <xcb/xcb.h>

#include <memory>
#include <string>

#include "base/result.h"

namespace earthshine {

/// A connection to an X server that takes input by its XTEST extension.
struct XTestServer {
  struct Disconnect {
    void operator()(xcb_connection_t* connection) const { xcb_disconnect(connection); }
  };

  std::unique_ptr<xcb_connection_t, Disconnect> connection;
  xcb_screen_t* screen = nullptr;
  /// as it was connected to
  std::string display;
};

/// Waits for the server. Fails with a sentence.
/// @param display empty: the environment's DISPLAY
Result<XTestServer> connect_xtest(const std::string& display);

}  // namespace earthshine
