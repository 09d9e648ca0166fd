#include "capture/waiting_picture.h"

namespace earthshine {
namespace {

constexpr std::uint32_t kBackground = 0x202020;
constexpr std::uint32_t kSquares = 0x808080;
constexpr int kDots = 3;

}  // namespace

Canvas waiting_picture(int width, int height) {
  Canvas picture(width, height);
  picture.fill({0, 0, width, height}, kBackground);
  const int side = std::max(1, std::min(width, height) / 24);
  for (int dot = 0; dot < kDots; ++dot) {
    const int x = (width - side) / 2 + 2 * side * (dot - kDots / 2);
    picture.fill({x, (height - side) / 2, side, side}, kSquares);
  }
  return picture;
}

}  // namespace earthshine
