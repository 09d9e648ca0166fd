#include "capture/wayland/connection.h"

#include <poll.h>

#include <algorithm>
#include <string_view>

namespace earthshine {
namespace {

constexpr Nanoseconds kMillisecond = 1'000'000;

}  // namespace

/// What libwayland calls; nothing may be thrown through its C code, hence noexcept.
struct WaylandConnection::Callbacks {
  static void global(void* data, wl_registry* registry, std::uint32_t id, const char* interface,
                     std::uint32_t version) noexcept {
    auto& self = *static_cast<WaylandConnection*>(data);
    const std::string_view name = interface;
    const auto bind = [&](const wl_interface& what, std::uint32_t most) {
      return wl_registry_bind(registry, id, &what, std::min(version, most));
    };
    if (name == wl_shm_interface.name) {
      self.shm_ = static_cast<wl_shm*>(bind(wl_shm_interface, 1));
    } else if (name == ext_image_copy_capture_manager_v1_interface.name) {
      self.copy_manager_ = static_cast<ext_image_copy_capture_manager_v1*>(
          bind(ext_image_copy_capture_manager_v1_interface, 1));
    } else if (name == ext_output_image_capture_source_manager_v1_interface.name) {
      self.source_manager_ = static_cast<ext_output_image_capture_source_manager_v1*>(
          bind(ext_output_image_capture_source_manager_v1_interface, 1));
    } else if (name == zwlr_screencopy_manager_v1_interface.name) {
      self.screencopy_ =
          static_cast<zwlr_screencopy_manager_v1*>(bind(zwlr_screencopy_manager_v1_interface, 3));
    } else if (name == wl_output_interface.name && version >= 4) {
      auto output = std::make_unique<Output>();
      output->global = id;
      output->proxy = static_cast<wl_output*>(bind(wl_output_interface, 4));
      wl_output_add_listener(output->proxy, &kOutput, output.get());
      self.outputs_.push_back(std::move(output));
    }
  }
  static void global_remove(void* data, wl_registry*, std::uint32_t id) noexcept {
    auto& outputs = static_cast<WaylandConnection*>(data)->outputs_;
    std::erase_if(outputs, [&](const auto& output) {
      if (output->global != id) return false;
      wl_output_release(output->proxy);
      return true;
    });
  }
  static constexpr wl_registry_listener kRegistry{global, global_remove};

  static void geometry(void*, wl_output*, std::int32_t, std::int32_t, std::int32_t, std::int32_t,
                       std::int32_t, const char*, const char*, std::int32_t) noexcept {}
  static void mode(void* data, wl_output*, std::uint32_t flags, std::int32_t width,
                   std::int32_t height, std::int32_t) noexcept {
    if ((flags & WL_OUTPUT_MODE_CURRENT) == 0) return;
    static_cast<Output*>(data)->width = width;
    static_cast<Output*>(data)->height = height;
  }
  static void output_done(void*, wl_output*) noexcept {}
  static void scale(void*, wl_output*, std::int32_t) noexcept {}
  static void output_name(void* data, wl_output*, const char* name) noexcept {
    static_cast<Output*>(data)->name = name;
  }
  static void description(void*, wl_output*, const char*) noexcept {}
  static constexpr wl_output_listener kOutput{geometry, mode,        output_done,
                                              scale,    output_name, description};

  static void synchronized(void* data, wl_callback*, std::uint32_t) noexcept {
    *static_cast<bool*>(data) = true;
  }
  static constexpr wl_callback_listener kSync{synchronized};
};

Result<std::unique_ptr<WaylandConnection>> WaylandConnection::open(const std::string& display) {
  std::unique_ptr<WaylandConnection> connection(new WaylandConnection(display));
  connection->display_ = wl_display_connect(display.c_str());
  if (connection->display_ == nullptr) {
    return Fault{"No Wayland compositor answers at " + display + "."};
  }
  connection->registry_ = wl_display_get_registry(connection->display_);
  wl_registry_add_listener(connection->registry_, &Callbacks::kRegistry, connection.get());
  // What there is, and then what the outputs are called.
  for (int i = 0; i < 2; ++i) {
    if (auto done = connection->round_trip(); !done) return done.fault();
  }
  if (connection->shm_ == nullptr) {
    return Fault{"The compositor " + display + " shares no memory with its clients."};
  }
  return connection;
}

WaylandConnection::~WaylandConnection() {
  if (display_ == nullptr) return;
  for (const auto& output : outputs_) wl_output_release(output->proxy);
  if (copy_manager_ != nullptr) ext_image_copy_capture_manager_v1_destroy(copy_manager_);
  if (source_manager_ != nullptr) {
    ext_output_image_capture_source_manager_v1_destroy(source_manager_);
  }
  if (screencopy_ != nullptr) zwlr_screencopy_manager_v1_destroy(screencopy_);
  if (shm_ != nullptr) wl_shm_destroy(shm_);
  if (registry_ != nullptr) wl_registry_destroy(registry_);
  wl_display_disconnect(display_);
}

Fault WaylandConnection::lost() const {
  return Fault{"The compositor " + name_ + " has ended."};
}

Result<bool> WaylandConnection::round_trip() {
  bool done = false;
  wl_callback* callback = wl_display_sync(display_);
  wl_callback_add_listener(callback, &Callbacks::kSync, &done);
  const Nanoseconds end = now() + kCompositorPatience;
  Result<bool> result = true;
  while (!done && result) {
    const Nanoseconds left = end - now();
    result = left > 0 ? dispatch(left)
                      : Result<bool>(Fault{"The compositor " + name_ + " does not answer."});
  }
  wl_callback_destroy(callback);
  return result;
}

Result<bool> WaylandConnection::dispatch(Nanoseconds patience) {
  while (wl_display_prepare_read(display_) != 0) {
    if (wl_display_dispatch_pending(display_) < 0) return lost();
  }
  wl_display_flush(display_);
  pollfd watched{descriptor(), POLLIN, 0};
  const auto milliseconds = static_cast<int>((patience + kMillisecond - 1) / kMillisecond);
  if (::poll(&watched, 1, milliseconds) > 0) {
    if (wl_display_read_events(display_) < 0) return lost();
  } else {
    wl_display_cancel_read(display_);
  }
  if (wl_display_dispatch_pending(display_) < 0) return lost();
  wl_display_flush(display_);
  if (wl_display_get_error(display_) != 0) return lost();
  return true;
}

const WaylandConnection::Output* WaylandConnection::output(const std::string& name) const {
  const auto found = std::find_if(outputs_.begin(), outputs_.end(),
                                  [&](const auto& output) { return output->name == name; });
  return found == outputs_.end() ? nullptr : found->get();
}

std::string WaylandConnection::output_names() const {
  std::string names;
  for (const auto& output : outputs_) names += " " + output->name;
  return names.empty() ? " none" : names;
}

}  // namespace earthshine
