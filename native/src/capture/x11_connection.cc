#include "capture/x11_connection.h"

namespace earthshine {

Result<std::unique_ptr<X11Connection>> X11Connection::open(const std::string& display) {
  int number = 0;
  xcb_connection_t* connection = xcb_connect(display.c_str(), &number);
  if (xcb_connection_has_error(connection) != 0) {
    xcb_disconnect(connection);
    return Fault{"The X display \"" + display +
                 "\" cannot be opened. Is it running, and may this user connect (xauth)?"};
  }
  auto screens = xcb_setup_roots_iterator(xcb_get_setup(connection));
  while (number-- > 0 && screens.rem > 1) xcb_screen_next(&screens);
  return std::unique_ptr<X11Connection>(new X11Connection(connection, screens.data, display));
}

}  // namespace earthshine
