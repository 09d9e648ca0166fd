#pragma once

#include <cstddef>
#include <cstdint>

#include "convert/yuv_picture.h"

namespace earthshine {

/// Memory of a GPU that is open for writing, as encoders there take pictures (NV12, and P010 for 10
/// bits): luma, then a plane with both chroma samples of 2×2 pixels beside each other.
struct InterleavedPlanes {
  std::uint8_t* luma;
  std::uint8_t* chroma;
  /// bytes from one row to the next
  std::ptrdiff_t luma_stride, chroma_stride;
  /// samples that there is room for, even; may be larger than the picture by less than a block of
  /// 64
  int width, height;
};

/// Writes a picture of 4:2:0 there, each sample once and in order, and never reads: mapped memory
/// of a GPU is slow to read. What is to the right of the picture and below it gets its last column
/// and row, so that the encoder spends no bits there.
void write_interleaved(const YuvPicture& picture, const InterleavedPlanes& target);

/// The same for a picture of 4:4:4, as three planes one below the other with rows of one length.
void write_planes(const YuvPicture& picture, std::uint8_t* memory, std::ptrdiff_t stride);

}  // namespace earthshine
