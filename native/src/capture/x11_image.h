#pragma once

#include <xcb/shm.h>

#include <memory>

#include "capture/x11_connection.h"
#include "capture/x11_screens.h"
#include "convert/bgrx_view.h"

namespace earthshine {

/// A piece of memory shared with the X server, into which it copies a part of the root window.
class X11Image {
 public:
  /// The connection must outlive the image.
  static Result<std::unique_ptr<X11Image>> create(const X11Connection& connection, int width,
                                                  int height);
  ~X11Image();
  X11Image(const X11Image&) = delete;
  X11Image& operator=(const X11Image&) = delete;

  [[nodiscard]] int width() const { return width_; }
  [[nodiscard]] int height() const { return height_; }
  [[nodiscard]] std::uint8_t* pixels() const { return pixels_; }
  [[nodiscard]] BgrxView view() const { return {pixels_, 4 * width_, width_, height_}; }

  /// Asks for `rows` rows from `top` on of the image whose upper left corner is at (x, y) of the
  /// root window; they come to where they belong. The answer is awaited with finish(), so that
  /// other questions can go in between.
  [[nodiscard]] xcb_shm_get_image_cookie_t begin(int x, int y, int top, int rows) const;
  /// False when the server refused: the place is no longer inside the root window.
  [[nodiscard]] bool finish(xcb_shm_get_image_cookie_t cookie) const;

 private:
  X11Image(const X11Connection& connection, int width, int height, std::uint8_t* pixels,
           xcb_shm_seg_t segment)
      : connection_(connection),
        width_(width),
        height_(height),
        pixels_(pixels),
        segment_(segment) {}

  const X11Connection& connection_;
  int width_, height_;
  std::uint8_t* pixels_;
  xcb_shm_seg_t segment_;
};

/// Why capturing through shared memory cannot work here, or true.
Result<bool> x11_can_share_images(const X11Connection& connection);

}  // namespace earthshine
