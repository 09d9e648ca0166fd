#pragma once

#include <cstdint>

#include "convert/yuv_picture.h"

namespace earthshine {

/// How colours are meant, in the numbers of ITU-T H.273, which H.264, HEVC and AV1 share.
struct ColorDescription {
  std::uint32_t primaries = 2, transfer = 2, matrix = 2;
};

/// BT.709 is 1 in each of them, BT.601 with 525 lines 6; BT.2020 is 9 with a matrix of
/// non-constant luminance, its transfer for 10 bits 14, and PQ's 16.
inline ColorDescription color_description(const YuvFormat& format) {
  switch (format.color_space) {
    case ColorSpace::kBt709:
      return {1, 1, 1};
    case ColorSpace::kBt2020:
      return {9, format.transfer == Transfer::kPq ? 16U : 14U, 9};
    default:
      return {6, 6, 6};
  }
}

}  // namespace earthshine
