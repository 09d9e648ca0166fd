#include "encode/interleaved_planes.h"

#include <algorithm>
#include <cstring>

namespace earthshine {
namespace {

void write_luma_row(const std::uint8_t* source, int width, std::uint8_t* target, int room) {
  const auto count = static_cast<std::size_t>(std::min(width, room));
  std::memcpy(target, source, count);
  if (room > width) {
    std::memset(target + width, source[width - 1], static_cast<std::size_t>(room - width));
  }
}

void write_chroma_row(const std::uint8_t* first, const std::uint8_t* second, int width,
                      std::uint8_t* __restrict target, int room) {
  const int count = std::min(width, room);
  for (int x = 0; x < count; ++x) {
    target[2 * x] = first[x];
    target[2 * x + 1] = second[x];
  }
  for (int x = count; x < room; ++x) {
    target[2 * x] = first[width - 1];
    target[2 * x + 1] = second[width - 1];
  }
}

}  // namespace

void write_interleaved(const YuvPicture& picture, const InterleavedPlanes& target) {
  const auto& luma = picture.plane(0);
  for (int y = 0; y < target.height; ++y) {
    write_luma_row(luma.row(std::min(y, luma.height - 1)), luma.width,
                   target.luma + y * target.luma_stride, target.width);
  }
  const auto& first = picture.plane(1);
  const auto& second = picture.plane(2);
  for (int y = 0; y < target.height / 2; ++y) {
    const int from = std::min(y, first.height - 1);
    write_chroma_row(first.row(from), second.row(from), first.width,
                     target.chroma + y * target.chroma_stride, target.width / 2);
  }
}

}  // namespace earthshine
