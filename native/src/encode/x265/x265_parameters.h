#pragma once

#include <string>
#include <utility>
#include <vector>

#include "encode/encoder.h"

namespace earthshine {

/// Options of x265 by the names of its command line.
using X265Options = std::vector<std::pair<const char*, std::string>>;

/// Threads that x265 shares a picture's rows of blocks among: no more than cores, nor than help a
/// picture of this size.
int x265_threads(const EncoderSettings& settings, int cores);

/// x265's own name of a profile.
const char* x265_profile(const YuvFormat& format);

/// Everything that the stream and the delay depend on, beside the preset (ultrafast) and the tuning
/// (zerolatency). Constant bitrate over a buffer of a frame and a half.
X265Options x265_options(const EncoderSettings& settings, int cores);

}  // namespace earthshine
