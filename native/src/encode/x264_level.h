#pragma once

#include "encode/encoder.h"

namespace earthshine {

/// Reference frames for these settings: what the client wishes, else as many as the H.264 level
/// allows that x264 will write for one of them (MaxDpbMbs of table A-1), within a budget of memory.
/// Frames that are only kept cost no time: motion is searched in one of them. The older ones are
/// what invalidation falls back to.
int x264_reference_frames(const EncoderSettings& settings);

/// Ten times the lowest level that fits (table A-1), the highest when none does.
int h264_level(const EncoderSettings& settings);

}  // namespace earthshine
