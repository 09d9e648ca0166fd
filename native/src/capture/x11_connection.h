#pragma once

#include <xcb/xcb.h>

#include <cstdlib>
#include <memory>
#include <string>

#include "base/result.h"

namespace earthshine {

struct FreeReply {
  void operator()(void* reply) const { std::free(reply); }  // NOLINT(cppcoreguidelines-no-malloc)
};
/// A reply, an event or an error: XCB allocates them with malloc.
template <typename T>
using X11Reply = std::unique_ptr<T, FreeReply>;

/// A connection to one X server, closed with the object.
class X11Connection {
 public:
  static Result<std::unique_ptr<X11Connection>> open(const std::string& display);
  ~X11Connection() { xcb_disconnect(connection_); }
  X11Connection(const X11Connection&) = delete;
  X11Connection& operator=(const X11Connection&) = delete;

  [[nodiscard]] xcb_connection_t* get() const { return connection_; }
  [[nodiscard]] const xcb_screen_t& screen() const { return *screen_; }
  [[nodiscard]] xcb_window_t root() const { return screen_->root; }
  [[nodiscard]] const std::string& display() const { return display_; }
  [[nodiscard]] bool alive() const { return xcb_connection_has_error(connection_) == 0; }
  /// For when alive() is false.
  [[nodiscard]] Fault lost() const { return Fault{"The X server " + display_ + " went away."}; }

 private:
  X11Connection(xcb_connection_t* connection, const xcb_screen_t* screen, std::string display)
      : connection_(connection), screen_(screen), display_(std::move(display)) {}

  xcb_connection_t* connection_;
  const xcb_screen_t* screen_;
  std::string display_;
};

}  // namespace earthshine
