#pragma once

#include <xcb/xcb.h>

#include <string>
#include <vector>

namespace earthshine::test {

/// What an X program got.
struct Seen {
  int type;
  /// key code or button
  int detail;
  /// what the key typed in the program's own reading of the layout
  std::uint32_t keysym;
  int x, y;
  /// modifiers and buttons before it (XCB_MOD_MASK_*, XCB_BUTTON_MASK_*)
  int state;
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
