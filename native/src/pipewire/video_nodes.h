#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace earthshine {

/// A node that hands out pictures.
struct VideoNode {
  /// object.serial, which no other node gets
  std::string serial;
  /// node.name, which several may have
  std::string name;
  /// process that made it, as the kernel told PipeWire; 0 unknown
  std::int64_t process = 0;
};

/// The nodes of class Video/Source of the user's server. Blocks for at most `patience`; fails with
/// a sentence.
Result<std::vector<VideoNode>> video_nodes(
    std::chrono::milliseconds patience = std::chrono::milliseconds(2'000));

}  // namespace earthshine
