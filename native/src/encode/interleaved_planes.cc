#include "encode/interleaved_planes.h"

#include <algorithm>

namespace earthshine {
namespace {

/// A sample as a GPU takes it: a byte as it is, 10 bits at the top of their word.
std::uint8_t at_top(std::uint8_t sample) {
  return sample;
}
std::uint16_t at_top(std::uint16_t sample) {
  return static_cast<std::uint16_t>(sample << 6);
}

template <typename Sample>
void write_luma_row(const Sample* source, int width, Sample* __restrict target, int room) {
  const int count = std::min(width, room);
  for (int x = 0; x < count; ++x) target[x] = at_top(source[x]);
  std::fill(target + count, target + std::max(room, count), at_top(source[width - 1]));
}

template <typename Sample>
void write_chroma_row(const Sample* first, const Sample* second, int width,
                      Sample* __restrict target, int room) {
  const int count = std::min(width, room);
  for (int x = 0; x < count; ++x) {
    target[2 * x] = at_top(first[x]);
    target[2 * x + 1] = at_top(second[x]);
  }
  for (int x = count; x < room; ++x) {
    target[2 * x] = at_top(first[width - 1]);
    target[2 * x + 1] = at_top(second[width - 1]);
  }
}

/// SAFETY: rows of a picture begin on 64 bytes, those of a GPU's surface on a multiple of a sample.
template <typename Sample>
const Sample* samples(const YuvPicture::Plane& plane, int y) {
  return reinterpret_cast<const Sample*>(plane.row(std::min(y, plane.height - 1)));
}
template <typename Sample>
Sample* samples(std::uint8_t* memory, std::ptrdiff_t stride, int y) {
  return reinterpret_cast<Sample*>(memory + y * stride);
}

template <typename Sample>
void write_both(const YuvPicture& picture, const InterleavedPlanes& target) {
  const auto& luma = picture.plane(0);
  for (int y = 0; y < target.height; ++y) {
    write_luma_row(samples<Sample>(luma, y), luma.width,
                   samples<Sample>(target.luma, target.luma_stride, y), target.width);
  }
  const auto& first = picture.plane(1);
  for (int y = 0; y < target.height / 2; ++y) {
    write_chroma_row(samples<Sample>(first, y), samples<Sample>(picture.plane(2), y), first.width,
                     samples<Sample>(target.chroma, target.chroma_stride, y), target.width / 2);
  }
}

template <typename Sample>
void write_three(const YuvPicture& picture, std::uint8_t* memory, std::ptrdiff_t stride) {
  for (int index = 0; index < 3; ++index) {
    const auto& plane = picture.plane(index);
    for (int y = 0; y < plane.height; ++y, memory += stride) {
      write_luma_row(samples<Sample>(plane, y), plane.width, samples<Sample>(memory, stride, 0),
                     plane.width);
    }
  }
}

}  // namespace

void write_interleaved(const YuvPicture& picture, const InterleavedPlanes& target) {
  if (picture.sample_bytes() == 1) return write_both<std::uint8_t>(picture, target);
  write_both<std::uint16_t>(picture, target);
}

void write_planes(const YuvPicture& picture, std::uint8_t* memory, std::ptrdiff_t stride) {
  if (picture.sample_bytes() == 1) return write_three<std::uint8_t>(picture, memory, stride);
  write_three<std::uint16_t>(picture, memory, stride);
}

}  // namespace earthshine
