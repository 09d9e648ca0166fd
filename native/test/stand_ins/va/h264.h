#pragma once

#include <functional>

#include "facts.h"
#include "objects.h"

namespace earthshine::stand_in {

using FindSurface = std::function<const Surface*(VASurfaceID)>;

/// An H.264 encoder without loss: a macroblock is the reference's where it is the same, else its
/// samples as they are. What its caller says wrong in headers or lists a decoder shows.
Verdict encode_h264(const Task& task, const FindSurface& surface, VaFacts& facts);

}  // namespace earthshine::stand_in
