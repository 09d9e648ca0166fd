#pragma once

#include <cstdint>

#include "encode/encoder.h"
#include "encode/headers/bit_writer.h"

namespace earthshine {

/// What the headers of an H.264 stream of ours say: High 4:2:0 with 8 bits, frames in the order of
/// display, each a reference, the oldest forgotten first.
struct H264Stream {
  /// of the picture; the coded size is rounded up to macroblocks
  int width = 0, height = 0;
  YuvFormat format;
  int rate_numerator = 60, rate_denominator = 1;
  /// ten times the level
  int level = 42;
  int reference_frames = 4;
  bool cabac = true;
  bool transform_8x8 = true;
  /// the quantizer that slices count from
  int initial_quantizer = 26;

  [[nodiscard]] int columns() const { return (width + 15) / 16; }
  [[nodiscard]] int rows() const { return (height + 15) / 16; }
};

/// As many bits as the standard allows: a decoder must not take the loss of a few frames for a step
/// back (docs/5-develop/encoding.md, Losses).
inline constexpr int kH264FrameNumBits = 16;
inline constexpr int kH264OrderBits = 16;

struct H264Slice {
  bool idr = false;
  /// alternates from one IDR to the next
  int idr_id = 0;
  int first_macroblock = 0;
  /// frames since the IDR
  std::uint32_t order = 0;
  /// how many frames back the one is that this one is predicted from; 1: the one before
  std::uint32_t distance = 1;
};

PackedBits h264_sequence_parameters(const H264Stream& stream);
PackedBits h264_picture_parameters(const H264Stream& stream);
/// Up to the first macroblock.
PackedBits h264_slice_header(const H264Stream& stream, const H264Slice& slice);

}  // namespace earthshine
