#include "encode/painted_picture.h"

#include <cstring>

namespace earthshine {

void paint(YuvPicture& picture, int turn) {
  const int bytes = picture.sample_bytes();
  const int levels = picture.format().bit_depth == 10 ? 1 << 10 : 1 << 8;
  for (int index = 0; index < 3; ++index) {
    const auto& plane = picture.plane(index);
    for (int y = 0; y < plane.height; ++y) {
      for (int x = 0; x < plane.width; ++x) {
        const int value =
            ((x + 3 * turn) * (y + 2 * turn) / 64 + ((x ^ y) & 7)) % (levels / 2) + levels / 4;
        std::memcpy(plane.row(y) + static_cast<std::ptrdiff_t>(x) * bytes, &value,
                    static_cast<std::size_t>(bytes));
      }
    }
  }
}

}  // namespace earthshine
