#include "convert/damage.h"

namespace earthshine {

void Damage::add(const Rectangle& area) {
  if (everything_ || area.empty()) return;
  Rectangle fresh = area;
  for (;;) {
    // What the fresh one adds to each, when it is taken together with it.
    std::size_t best = count_;
    std::int64_t least = 0;
    for (std::size_t i = 0; i < count_; ++i) {
      const std::int64_t waste =
          bounding(rectangles_[i], fresh).area() - rectangles_[i].area() - fresh.area();
      if (best == count_ || waste < least) {
        best = i;
        least = waste;
      }
    }
    // Joined where that covers no more pixels than both do apart, or where no room is left.
    if (best == count_ || (least > 0 && count_ < kMost)) break;
    fresh = bounding(rectangles_[best], fresh);
    rectangles_[best] = rectangles_[--count_];
  }
  rectangles_[count_++] = fresh;
}

void Damage::add(const Damage& other) {
  if (other.everything_) {
    add_everything();
    return;
  }
  for (const Rectangle& area : other.rectangles()) add(area);
}

}  // namespace earthshine
