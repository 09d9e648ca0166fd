#include "input/wayland/seat_keymap.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <string_view>

namespace earthshine {

namespace {

void entered(void*, wl_keyboard*, std::uint32_t, wl_surface*, wl_array*) {}
void left(void*, wl_keyboard*, std::uint32_t, wl_surface*) {}
void key(void*, wl_keyboard*, std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t) {}
void modifiers(void*, wl_keyboard*, std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t,
               std::uint32_t) {}
void repeat(void*, wl_keyboard*, int, int) {}
void seat_name(void*, wl_seat*, const char*) {}

}  // namespace

void SeatKeymap::keymap(void* data, wl_keyboard*, std::uint32_t format, int descriptor,
                        std::uint32_t size) {
  if (format == WL_KEYBOARD_KEYMAP_FORMAT_XKB_V1 && size > 0) {
    void* mapped = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (mapped != MAP_FAILED) {
      const std::string_view text(static_cast<const char*>(mapped), size);
      static_cast<SeatKeymap*>(data)->text_ = std::string(text.substr(0, text.find('\0')));
      munmap(mapped, size);
    }
  }
  close(descriptor);
}

void SeatKeymap::capabilities(void* data, wl_seat* seat, std::uint32_t what) {
  static constexpr wl_keyboard_listener kKeyboardEvents = {keymap, entered,   left,
                                                           key,    modifiers, repeat};
  auto* self = static_cast<SeatKeymap*>(data);
  if (self == nullptr || self->keyboard_ != nullptr) return;
  if ((what & WL_SEAT_CAPABILITY_KEYBOARD) == 0) return;
  self->keyboard_ = wl_seat_get_keyboard(seat);
  wl_keyboard_add_listener(self->keyboard_, &kKeyboardEvents, self);
}

void SeatKeymap::listen(wl_seat* seat) {
  static constexpr wl_seat_listener kSeatEvents = {capabilities, seat_name};
  seat_ = seat;
  wl_seat_add_listener(seat, &kSeatEvents, this);
}

void SeatKeymap::leave() {
  if (keyboard_ != nullptr) wl_keyboard_release(keyboard_);
  keyboard_ = nullptr;
  if (seat_ != nullptr) wl_proxy_set_user_data(reinterpret_cast<wl_proxy*>(seat_), nullptr);
  seat_ = nullptr;
}

}  // namespace earthshine
