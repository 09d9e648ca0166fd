#pragma once

#include <string_view>

namespace earthshine {

/// Whether UDP segmentation offload can be trusted on this machine. The first call sends equal
/// segments over loopback and compares what arrives (a few hundred microseconds); later calls
/// return its verdict. False too when loopback cannot be used or the kernel is known to corrupt
/// them.
bool segmentation_works();

/// Linux 7.0 to 7.1.4 corrupts sends whose last segment is as long as the others, which equal
/// shards always are. `release` is as uname tells it.
bool release_corrupts_segmentation(std::string_view release);

}  // namespace earthshine
