#include "input/xtest_server.h"

#include <xcb/xtest.h>

#include <cstdlib>

namespace earthshine {

namespace {

std::string display_name(const std::string& display) {
  if (!display.empty()) return display;
  const char* environment = std::getenv("DISPLAY");
  return environment == nullptr ? "" : environment;
}

}  // namespace

Result<XTestServer> connect_xtest(const std::string& display) {
  const std::string name = display_name(display);
  if (name.empty()) {
    return Fault{"No X display is known; start Earthshine within an X11 session, or choose one."};
  }
  int number = 0;
  XTestServer server;
  server.connection.reset(xcb_connect(name.c_str(), &number));
  server.display = name;
  xcb_connection_t* connection = server.connection.get();
  if (xcb_connection_has_error(connection) != 0) {
    return Fault{
        "The X server \"" + name +
        "\" cannot be reached for input. Is it running, and may this user connect (xauth)?"};
  }
  auto screens = xcb_setup_roots_iterator(xcb_get_setup(connection));
  for (int index = 0; index < number && screens.rem > 1; ++index) xcb_screen_next(&screens);
  server.screen = screens.data;
  const auto* extension = xcb_get_extension_data(connection, &xcb_test_id);
  if (server.screen == nullptr || extension == nullptr || extension->present == 0) {
    return Fault{"The X server \"" + name +
                 "\" has no XTEST extension, so keys and mouse cannot be given to it; permit "
                 "/dev/uinput instead."};
  }
  return server;
}

}  // namespace earthshine
