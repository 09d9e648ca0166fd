#pragma once

#include <sys/uio.h>
#include <xcb/randr.h>
#include <xcb/xcb.h>
#include <xcb/xcbext.h>
#include <xcb/xtest.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>

namespace earthshine::test {

/// Something that draws on an X server: one window over the whole screen.
class X11Client {
 public:
  explicit X11Client(const std::string& display)
      : connection_(xcb_connect(display.c_str(), nullptr)) {
    if (xcb_connection_has_error(connection_) != 0) throw std::runtime_error("no X server");
    screen_ = xcb_setup_roots_iterator(xcb_get_setup(connection_)).data;
    window_ = xcb_generate_id(connection_);
    const std::uint32_t values[] = {0x000000, 1};
    xcb_create_window(connection_, XCB_COPY_FROM_PARENT, window_, screen_->root, 0, 0, 4000, 4000,
                      0, XCB_WINDOW_CLASS_INPUT_OUTPUT, screen_->root_visual,
                      XCB_CW_BACK_PIXEL | XCB_CW_OVERRIDE_REDIRECT, values);
    xcb_map_window(connection_, window_);
    context_ = xcb_generate_id(connection_);
    xcb_create_gc(connection_, context_, window_, 0, nullptr);
    sync();
  }
  ~X11Client() { xcb_disconnect(connection_); }
  X11Client(const X11Client&) = delete;
  X11Client& operator=(const X11Client&) = delete;

  void fill(int x, int y, int width, int height, std::uint32_t color) {
    xcb_change_gc(connection_, context_, XCB_GC_FOREGROUND, &color);
    const xcb_rectangle_t area{static_cast<std::int16_t>(x), static_cast<std::int16_t>(y),
                               static_cast<std::uint16_t>(width),
                               static_cast<std::uint16_t>(height)};
    xcb_poly_fill_rectangle(connection_, window_, context_, 1, &area);
    sync();
  }
  void move_pointer(int x, int y) {
    xcb_test_fake_input(connection_, XCB_MOTION_NOTIFY, 0, XCB_CURRENT_TIME, screen_->root,
                        static_cast<std::int16_t>(x), static_cast<std::int16_t>(y), 0);
    sync();
  }
  void warp_pointer(int x, int y) {
    xcb_warp_pointer(connection_, XCB_NONE, screen_->root, 0, 0, 0, 0, static_cast<std::int16_t>(x),
                     static_cast<std::int16_t>(y));
    sync();
  }
  /// Pointer motion over the window is the window's, and goes no further.
  void take_motion() {
    const std::uint32_t mask = XCB_EVENT_MASK_POINTER_MOTION;
    xcb_change_window_attributes(connection_, window_, XCB_CW_EVENT_MASK, &mask);
    sync();
  }
  /// A solid square cursor, its hot spot in its corner.
  void set_cursor(int size, std::uint16_t red) {
    const xcb_pixmap_t picture = xcb_generate_id(connection_);
    xcb_create_pixmap(connection_, 1, picture, screen_->root, static_cast<std::uint16_t>(size),
                      static_cast<std::uint16_t>(size));
    const xcb_gcontext_t context = xcb_generate_id(connection_);
    const std::uint32_t ones = 1;
    xcb_create_gc(connection_, context, picture, XCB_GC_FOREGROUND, &ones);
    const xcb_rectangle_t area{0, 0, static_cast<std::uint16_t>(size),
                               static_cast<std::uint16_t>(size)};
    xcb_poly_fill_rectangle(connection_, picture, context, 1, &area);
    const xcb_cursor_t cursor = xcb_generate_id(connection_);
    xcb_create_cursor(connection_, cursor, picture, picture, red, 0, 0, 0, 0, 0, 0, 0);
    const std::uint32_t value = cursor;
    xcb_change_window_attributes(connection_, window_, XCB_CW_CURSOR, &value);
    xcb_free_gc(connection_, context);
    xcb_free_pixmap(connection_, picture);
    sync();
  }
  void set_monitor(const std::string& name, int x, int y, int width, int height) {
    // libxcb's own function for RRSetMonitor sends a wrong length now and then.
    struct {
      std::uint8_t major, minor;
      std::uint16_t length;
      std::uint32_t window;
      xcb_randr_monitor_info_t info;
    } request{};
    request.window = screen_->root;
    request.info.name = atom(name);
    request.info.x = static_cast<std::int16_t>(x);
    request.info.y = static_cast<std::int16_t>(y);
    request.info.width = static_cast<std::uint16_t>(width);
    request.info.height = static_cast<std::uint16_t>(height);
    request.info.width_in_millimeters = 100;
    request.info.height_in_millimeters = 100;
    const xcb_protocol_request_t protocol{2, &xcb_randr_id, 43, 1};
    std::array<iovec, 4> parts{};
    parts[2] = {&request, sizeof request};
    xcb_send_request(connection_, 0, parts.data() + 2, &protocol);
    sync();
  }
  void delete_monitor(const std::string& name) {
    xcb_randr_delete_monitor(connection_, screen_->root, atom(name));
    sync();
  }
  /// Turns every output off; the root window stays.
  void set_screen_size(int width, int height) {
    // A screen cannot become smaller than what its outputs show.
    auto* outputs = xcb_randr_get_screen_resources_reply(
        connection_, xcb_randr_get_screen_resources(connection_, screen_->root), nullptr);
    for (int i = 0; i < outputs->num_crtcs; ++i) {
      std::free(xcb_randr_set_crtc_config_reply(
          connection_,
          xcb_randr_set_crtc_config(connection_, xcb_randr_get_screen_resources_crtcs(outputs)[i],
                                    0, 0, 0, 0, XCB_NONE, XCB_RANDR_ROTATION_ROTATE_0, 0, nullptr),
          nullptr));
    }
    std::free(outputs);
    xcb_randr_set_screen_size(connection_, screen_->root, static_cast<std::uint16_t>(width),
                              static_cast<std::uint16_t>(height), 100, 100);
    sync();
  }
  void sync() {
    std::free(xcb_get_input_focus_reply(connection_, xcb_get_input_focus(connection_), nullptr));
  }

 private:
  xcb_atom_t atom(const std::string& name) {
    auto* reply = xcb_intern_atom_reply(
        connection_,
        xcb_intern_atom(connection_, 0, static_cast<std::uint16_t>(name.size()), name.c_str()),
        nullptr);
    const xcb_atom_t result = reply->atom;
    std::free(reply);
    return result;
  }

  xcb_connection_t* connection_;
  xcb_screen_t* screen_ = nullptr;
  xcb_window_t window_ = 0;
  xcb_gcontext_t context_ = 0;
};

}  // namespace earthshine::test
