#pragma once

#include <cstdint>
#include <vector>

#include "capture/cursor_image.h"
#include "capture/x11_connection.h"
#include "convert/rectangle.h"

namespace earthshine {

/// Draws a cursor over a captured picture, and takes it off again, so that a moved pointer needs no
/// new capture.
class CursorPainter {
 public:
  void set_image(CursorImage image) { image_ = std::move(image); }

  /// Pixels are BGRx, `width`×`height` without gaps; `x` and `y` are the pointer in it and may lie
  /// outside. What is covered is kept for erase().
  void paint(std::uint8_t* pixels, int width, int height, int x, int y);
  /// Puts back what paint() covered; nothing if the picture was captured anew.
  void erase(std::uint8_t* pixels, int width);
  void forget() { covered_.clear(); }
  /// Where the cursor is in the picture; empty when it is off or outside.
  [[nodiscard]] Rectangle area() const {
    return covered_.empty() ? Rectangle{} : Rectangle{left_, top_, columns_, rows_};
  }

 private:
  CursorImage image_;
  std::vector<std::uint32_t> covered_;
  int left_ = 0, top_ = 0, columns_ = 0, rows_ = 0;
};

/// The server's present cursor by XFixes; an empty image when it has none.
CursorImage x11_cursor_image(const X11Connection& connection);

}  // namespace earthshine
