#include "encode/headers/h264_headers.h"

#include "encode/headers/color_description.h"

namespace earthshine {
namespace {

// ITU-T H.264, tables 7-1 and 7-6.
constexpr std::uint32_t kSliceOfIdr = 5, kSlice = 1, kSequence = 7, kPicture = 8;
constexpr std::uint32_t kAllP = 5, kAllI = 7;
constexpr std::uint32_t kHigh = 100;

BitWriter unit(std::uint32_t type) {
  BitWriter bits;
  bits.u(0, 1);
  // Parameter sets and references are kept at all costs.
  bits.u(3, 2);
  bits.u(type, 5);
  return bits;
}

/// Annex E.
void write_vui(BitWriter& bits, const H264Stream& stream) {
  const ColorDescription color = color_description(stream.format);
  bits.flag(false);  // aspect ratio: square, as long as nothing is said
  bits.flag(false);  // overscan
  bits.flag(true);
  bits.u(5, 3);  // unspecified kind of video
  bits.flag(stream.format.full_range);
  bits.flag(true);
  bits.u(color.primaries, 8);
  bits.u(color.transfer, 8);
  bits.u(color.matrix, 8);
  bits.flag(true);
  // Chroma is the mean of 2×2 pixels, so it lies in their middle.
  bits.ue(1);
  bits.ue(1);
  bits.flag(true);
  bits.u(static_cast<std::uint32_t>(stream.rate_denominator), 32);
  // In fields.
  bits.u(static_cast<std::uint32_t>(stream.rate_numerator) * 2, 32);
  bits.flag(true);
  bits.flag(false);  // no HRD of NAL units
  bits.flag(false);  // nor of slices
  bits.flag(false);  // pic_struct
  bits.flag(true);
  bits.flag(true);  // motion may lead over the picture's edge
  bits.ue(0);
  bits.ue(0);
  bits.ue(15);
  bits.ue(15);
  bits.ue(0);  // no picture is reordered, so a decoder holds none back
  bits.ue(static_cast<std::uint32_t>(stream.reference_frames));
}

}  // namespace

PackedBits h264_sequence_parameters(const H264Stream& stream) {
  BitWriter bits = unit(kSequence);
  bits.u(kHigh, 8);
  bits.u(0, 8);
  bits.u(static_cast<std::uint32_t>(stream.level), 8);
  bits.ue(0);
  bits.ue(1);  // 4:2:0
  bits.ue(0);
  bits.ue(0);
  bits.flag(false);
  bits.flag(false);  // no scaling lists
  bits.ue(kH264FrameNumBits - 4);
  bits.ue(0);
  bits.ue(kH264OrderBits - 4);
  bits.ue(static_cast<std::uint32_t>(stream.reference_frames));
  bits.flag(false);  // no gaps in frame_num
  bits.ue(static_cast<std::uint32_t>(stream.columns() - 1));
  bits.ue(static_cast<std::uint32_t>(stream.rows() - 1));
  bits.flag(true);  // frames only
  bits.flag(true);  // direct_8x8_inference
  const int right = stream.columns() * 16 - stream.width;
  const int bottom = stream.rows() * 16 - stream.height;
  bits.flag(right > 0 || bottom > 0);
  if (right > 0 || bottom > 0) {
    // In chroma samples.
    bits.ue(0);
    bits.ue(static_cast<std::uint32_t>(right / 2));
    bits.ue(0);
    bits.ue(static_cast<std::uint32_t>(bottom / 2));
  }
  bits.flag(true);
  write_vui(bits, stream);
  bits.trailing();
  return annex_b(bits);
}

PackedBits h264_picture_parameters(const H264Stream& stream) {
  BitWriter bits = unit(kPicture);
  bits.ue(0);
  bits.ue(0);
  bits.flag(stream.cabac);
  bits.flag(false);
  bits.ue(0);  // one slice group
  bits.ue(0);  // one reference
  bits.ue(0);
  bits.flag(false);
  bits.u(0, 2);
  bits.se(stream.initial_quantizer - 26);
  bits.se(0);
  bits.se(0);
  bits.flag(true);  // deblocking is told in each slice
  bits.flag(false);
  bits.flag(false);
  bits.flag(stream.transform_8x8);
  bits.flag(false);
  bits.se(0);
  bits.trailing();
  return annex_b(bits);
}

PackedBits h264_slice_header(const H264Stream& stream, const H264Slice& slice) {
  BitWriter bits = unit(slice.idr ? kSliceOfIdr : kSlice);
  bits.ue(static_cast<std::uint32_t>(slice.first_macroblock));
  bits.ue(slice.idr ? kAllI : kAllP);
  bits.ue(0);
  bits.u(slice.order % (1U << kH264FrameNumBits), kH264FrameNumBits);
  if (slice.idr) bits.ue(static_cast<std::uint32_t>(slice.idr_id));
  bits.u(slice.order * 2 % (1U << kH264OrderBits), kH264OrderBits);
  if (!slice.idr) {
    bits.flag(false);  // one reference, as the picture parameters say
    bits.flag(slice.distance != 1);
    if (slice.distance != 1) {
      bits.ue(0);
      bits.ue(slice.distance - 1);
      bits.ue(3);
    }
  }
  if (slice.idr) {
    bits.flag(false);
    bits.flag(false);
  } else {
    bits.flag(false);  // the oldest goes
  }
  if (stream.cabac && !slice.idr) bits.ue(0);
  bits.se(0);  // the quantizer as the picture parameters have it; drivers write theirs over it
  bits.ue(0);
  bits.se(0);
  bits.se(0);
  return annex_b(bits);
}

}  // namespace earthshine
