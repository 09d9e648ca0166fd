#pragma once

#include "encode/encoder.h"
#include "encode/x264_api.h"

namespace earthshine {

/// How much work x264 is given a frame, from the best picture to the least time.
enum class X264Effort : std::uint8_t {
  /// superfast, CABAC
  kSuperfast,
  /// superfast with CAVLC: where the bitrate makes the entropy coder the larger part
  kSuperfastCavlc,
  kUltrafast,
};

/// The most effort that leaves room in the frame's interval on `cores`, by the measured cost of a
/// pixel and of a byte.
X264Effort x264_effort(const EncoderSettings& settings, int cores);

/// Slices and encode threads: at least the client's wish, and as many as help a picture of this
/// size.
int x264_slices(const EncoderSettings& settings, int cores);

/// The lowest quantizer. A still picture is refined to it and then costs nothing; below about 20
/// nobody sees a difference, but rate control would spend the whole bitrate for ever. Where there
/// are bits for more it is lower.
int x264_quantizer_floor(const EncoderSettings& settings);

/// Everything but the log callback. False when x264 does not know the profile.
bool x264_parameters(const EncoderSettings& settings, int cores, x264_param_t& parameters);

/// Bitrate with a buffer of one and a half frames, in kbit.
void x264_set_bitrate(x264_param_t& parameters, int kbps);

}  // namespace earthshine
