#pragma once

#include <sys/types.h>
#include <xcb/xcb.h>

#include <memory>
#include <string>
#include <vector>

namespace earthshine::test {

/// An Xvfb on a free display, ended with the object.
class XServer {
 public:
  XServer();
  ~XServer();
  XServer(const XServer&) = delete;
  XServer& operator=(const XServer&) = delete;
  [[nodiscard]] const std::string& display() const { return display_; }
  void signal(int number) const;

 private:
  pid_t pid_ = -1;
  std::string display_;
};

/// What an X program got.
struct Seen {
  int type;
  /// key code or button
  int detail;
  /// what the key typed in the program's own reading of the layout
  std::uint32_t keysym;
  int x, y;
  bool operator==(const Seen&) const = default;
};

/// A program with a window over the whole screen that has the keyboard.
class XProgram {
 public:
  explicit XProgram(const std::string& display);
  ~XProgram() { xcb_disconnect(connection_); }
  XProgram(const XProgram&) = delete;
  XProgram& operator=(const XProgram&) = delete;

  /// Events of one kind (XCB_KEY_PRESS …) until `count` came or a second passed.
  std::vector<Seen> wait(int type, std::size_t count);
  /// Everything in order until nothing came for 50 ms.
  std::vector<Seen> drain();
  [[nodiscard]] xcb_connection_t* connection() const { return connection_; }

 private:
  bool next(int timeout_milliseconds, Seen& seen);
  [[nodiscard]] std::uint32_t keysym(std::uint8_t keycode, std::uint16_t state) const;

  xcb_connection_t* connection_;
  xcb_window_t window_;
};

}  // namespace earthshine::test
