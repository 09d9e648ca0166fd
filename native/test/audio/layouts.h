#pragma once

#include <cstddef>
#include <vector>

#include "audio/multistream_encoder.h"

namespace earthshine::test {

struct LayoutRow {
  const char* name;
  OpusLayout layout;
  /// of a packet of 5 ms, from the table of protocol 5 §4
  std::size_t bytes;
};

inline const std::vector<LayoutRow> kLayouts{
    {"stereo", {2, 1, 1, {0, 1}, 96'000, 5}, 60},
    {"stereo high", {2, 1, 1, {0, 1}, 512'000, 5}, 320},
    {"5.1", {6, 4, 2, {0, 1, 2, 3, 4, 5}, 256'000, 5}, 160},
    {"5.1 paired", {6, 4, 2, {0, 1, 4, 5, 2, 3}, 256'000, 5}, 160},
    {"5.1 high", {6, 6, 0, {0, 1, 2, 3, 4, 5}, 1'536'000, 5}, 960},
    {"7.1", {8, 5, 3, {0, 1, 2, 3, 4, 5, 6, 7}, 450'000, 5}, 281},
    {"7.1 paired", {8, 5, 3, {0, 1, 6, 7, 2, 3, 4, 5}, 450'000, 5}, 281},
    {"7.1 high", {8, 8, 0, {0, 1, 2, 3, 4, 5, 6, 7}, 2'048'000, 5}, 1280},
};

}  // namespace earthshine::test
