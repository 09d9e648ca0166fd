#include "input/wayland/wlroots_seat.h"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "input/wayland/seat_keymap.h"

namespace earthshine {

namespace {

struct Output {
  wl_output* output;
  std::string name;
};

/// What the compositor offers, while it tells of it.
struct Offer {
  WlrootsSeat seat;
  SeatKeymap keymap;
  std::vector<std::unique_ptr<Output>> outputs;
};

void ignore(void*, wl_output*) {}
void geometry(void*, wl_output*, int, int, int, int, int, const char*, const char*, int) {}
void mode(void*, wl_output*, std::uint32_t, int, int, int) {}
void scale(void*, wl_output*, int) {}
void output_name(void* data, wl_output*, const char* name) {
  static_cast<Output*>(data)->name = name;
}
void description(void*, wl_output*, const char*) {}
constexpr wl_output_listener kOutputEvents = {geometry, mode,        ignore,
                                              scale,    output_name, description};

template <typename T>
T* bind(wl_registry* registry, std::uint32_t name, const wl_interface& interface,
        std::uint32_t version) {
  return static_cast<T*>(wl_registry_bind(registry, name, &interface, version));
}

void global(void* data, wl_registry* registry, std::uint32_t name, const char* interface,
            std::uint32_t version) {
  auto* offer = static_cast<Offer*>(data);
  auto& seat = offer->seat;
  const std::string_view what = interface;
  if (what == wl_seat_interface.name && seat.seat == nullptr) {
    seat.seat = bind<wl_seat>(registry, name, wl_seat_interface, std::min(version, 5U));
    offer->keymap.listen(seat.seat);
  } else if (what == wl_output_interface.name && version >= WL_OUTPUT_NAME_SINCE_VERSION) {
    auto* output = bind<wl_output>(registry, name, wl_output_interface, 4);
    offer->outputs.push_back(std::make_unique<Output>(Output{output, {}}));
    wl_output_add_listener(output, &kOutputEvents, offer->outputs.back().get());
  } else if (what == zwp_virtual_keyboard_manager_v1_interface.name) {
    seat.keyboards = bind<zwp_virtual_keyboard_manager_v1>(
        registry, name, zwp_virtual_keyboard_manager_v1_interface, 1);
  } else if (what == zwlr_virtual_pointer_manager_v1_interface.name && version >= 2) {
    seat.pointers = bind<zwlr_virtual_pointer_manager_v1>(
        registry, name, zwlr_virtual_pointer_manager_v1_interface, 2);
  }
}
void global_removed(void*, wl_registry*, std::uint32_t) {}
constexpr wl_registry_listener kRegistryEvents = {global, global_removed};

}  // namespace

Result<WlrootsSeat> open_wlroots_seat(const std::string& display, const std::string& output) {
  Offer offer;
  auto& seat = offer.seat;
  seat.display.reset(wl_display_connect(display.c_str()));
  if (seat.display == nullptr) {
    return Fault{"The Wayland display \"" + display + "\" cannot be reached for input."};
  }
  wl_registry* registry = wl_display_get_registry(seat.display.get());
  wl_registry_add_listener(registry, &kRegistryEvents, &offer);
  // Globals, what they tell of themselves, and the keyboard that one of them has.
  for (int i = 0; i < 3; ++i) {
    if (wl_display_roundtrip(seat.display.get()) < 0) {
      return Fault{"The Wayland display \"" + display + "\" ended the connection."};
    }
  }
  if (seat.seat == nullptr || seat.keyboards == nullptr || seat.pointers == nullptr) {
    return Fault{"The compositor of \"" + display +
                 "\" takes no virtual keyboard or pointer; permit /dev/uinput instead."};
  }
  for (const auto& one : offer.outputs) {
    if (one->name == output) seat.output = one->output;
  }
  if (seat.output == nullptr) return Fault{"The output \"" + output + "\" is gone."};
  // Nobody listens from here on: what the listeners point to goes with this call.
  wl_registry_destroy(registry);
  offer.keymap.leave();
  seat.keymap = offer.keymap.text();
  for (const auto& one : offer.outputs) {
    if (one->output != seat.output) wl_output_release(one->output);
    wl_proxy_set_user_data(reinterpret_cast<wl_proxy*>(one->output), nullptr);
  }
  return std::move(seat);
}

}  // namespace earthshine
