#pragma once

#include <cstdint>
#include <vector>

#include "convert/row_kernels.h"

namespace earthshine {

/// The source rows that make up one target row; weights sum up to 65535.
struct VerticalTap {
  int start;
  int count;
  int offset;
};

struct VerticalTaps {
  std::vector<VerticalTap> taps;
  std::vector<std::uint16_t> weights;
};

struct HorizontalTaps {
  std::vector<HorizontalTap> taps;
  std::vector<std::int16_t> weights;
};

/// Weights for scaling `source` rows or columns to `target`: the mean over the covered area when
/// shrinking, linear between neighbours when growing.
VerticalTaps vertical_taps(int source, int target);
HorizontalTaps horizontal_taps(int source, int target);

}  // namespace earthshine
