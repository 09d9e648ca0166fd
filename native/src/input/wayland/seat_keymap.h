#pragma once

#include <wayland-client.h>

#include <string>

namespace earthshine {

/// The keymap that a compositor tells its apps of for the keyboard of a seat. It comes with the
/// round trip after the one that tells what the seat has.
class SeatKeymap {
 public:
  SeatKeymap() = default;
  SeatKeymap(const SeatKeymap&) = delete;
  SeatKeymap& operator=(const SeatKeymap&) = delete;

  /// Listens to the seat for as long as the object lives, or until leave().
  void listen(wl_seat* seat);
  /// Lets go of the keyboard; the seat stays.
  void leave();
  /// as xkbcommon reads it; empty while none has been told
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  static void capabilities(void* data, wl_seat* seat, std::uint32_t what);
  static void keymap(void* data, wl_keyboard*, std::uint32_t format, int descriptor,
                     std::uint32_t size);

  wl_seat* seat_ = nullptr;
  wl_keyboard* keyboard_ = nullptr;
  std::string text_;
};

}  // namespace earthshine
