#pragma once

#include "facts.h"
#include "h264.h"
#include "objects.h"

namespace earthshine::stand_in {

/// An HEVC encoder of grey tiles, a coding tree block of 32 each: an IDR has the mean of the
/// picture's luma in each of them, every other frame in one more tile, and copies all others from
/// what it refers to. So a picture shows which frames it was predicted from.
Verdict encode_hevc(const Task& task, const FindSurface& surface, VaFacts& facts);

}  // namespace earthshine::stand_in
