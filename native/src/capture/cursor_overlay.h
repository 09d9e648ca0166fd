#pragma once

#include <cstdint>
#include <vector>

#include "capture/cursor_image.h"
#include "convert/bgrx_view.h"
#include "convert/damage.h"

namespace earthshine {

/// A cursor over pictures that may not be written to, as their patch.
class CursorOverlay {
 public:
  /// Without pixels: there is none to be seen.
  void set_image(CursorImage image);
  /// Where the pointer is, in the picture's pixels; it may lie outside.
  void move(int x, int y);
  /// It is not over the picture, whatever it looks like.
  void hide();

  /// Puts the cursor over a picture that differs from the one before by `damage`, to which is added
  /// what the cursor changed. The patch is valid until the next call.
  void apply(BgrxView& picture, Damage& damage);

 private:
  [[nodiscard]] Rectangle place(const BgrxView& picture) const;
  void draw(const BgrxView& picture, const Rectangle& area);

  CursorImage image_;
  int x_ = 0, y_ = 0;
  bool shown_ = false;
  /// since the last apply()
  bool changed_ = false;
  PixelOrder order_ = PixelOrder::kBgrx;
  Rectangle area_;
  std::vector<std::uint32_t> patch_;
};

}  // namespace earthshine
