#pragma once

#include "encode/encoder.h"
#include "encode/x264_api.h"

namespace earthshine {

/// How much work x264 is given a frame, from the best picture to the least time
/// (docs/5-develop/encoding.md has what each of them costs and gives).
enum class X264Effort : std::uint8_t {
  /// CABAC, quarter-sample motion refined in two steps, partitions
  kFine,
  /// CABAC, sub-sample motion, whole macroblocks
  kNormal,
  /// CABAC, whole-sample motion, partitions: a sixth less time than superfast takes, and on a small
  /// machine the game has it
  kModest,
  /// normal with CAVLC: where the bitrate makes the entropy coder the larger part
  kLight,
  /// CAVLC, whole-sample motion
  kLeast,
};

/// The other entropy coder, CAVLC, takes less time, and at low bitrates shows a decibel less.
bool x264_uses_cabac(X264Effort effort);

/// A word for the log.
const char* x264_effort_name(X264Effort effort);

/// The most effort that leaves the machine what else it has to do, by the measured cost of a pixel
/// and of a byte on `cores`.
X264Effort x264_effort(const EncoderSettings& settings, int cores);

/// How a picture is cut up: every thread encodes `slices / threads` slices, rounded up.
struct X264Slices {
  int threads = 1;
  /// a frame has at least this many
  int slices = 1;

  friend bool operator==(const X264Slices&, const X264Slices&) = default;
};

/// No more threads than cores, nor than help a picture of this size; at least as many slices as the
/// client wishes.
X264Slices x264_slices(const EncoderSettings& settings, int cores);

/// The lowest quantizer. A still picture is refined to it and then costs nothing; below about 20
/// nobody sees a difference, but rate control would spend the whole bitrate for ever. Where there
/// are bits for more it is lower.
int x264_quantizer_floor(const EncoderSettings& settings);

/// Everything but the log callback. False when x264 does not know the profile.
bool x264_parameters(const EncoderSettings& settings, int cores, x264_param_t& parameters);

/// Bitrate with a buffer of two frames, in kbit. x264 plans for half of what is in its buffer, so a
/// frame seldom takes more than its share of the rate, and hard ones may take twice that.
void x264_set_bitrate(x264_param_t& parameters, int kbps);

/// Moves a running encoder to an effort with the same entropy coder; false when the effort has
/// another one, or another reach of motion: those are fixed from the beginning.
bool x264_change_effort(x264_param_t& parameters, X264Effort effort);

}  // namespace earthshine
