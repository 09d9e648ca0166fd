#pragma once

#include <cstdint>
#include <vector>

namespace earthshine {

/// The source rows or columns that make up one row or column of the target.
struct TapRange {
  int start;
  int count;

  [[nodiscard]] int end() const { return start + count; }
};

/// Weights for every target row: those of row y at `offsets[y]`, as many as its range has; they sum
/// up to 65535.
struct VerticalTaps {
  std::vector<TapRange> ranges;
  std::vector<int> offsets;
  std::vector<std::uint16_t> weights;
};

/// Weights for every target column, as vector code reads them: all columns have the same count of
/// pairs of source pixels, the last ones with weights of zero where a column has fewer. A pair is
/// 8 words, one for every channel of two pixels. Columns go in groups of 8 in the order
/// 0 2 4 6 1 3 5 7, and the last group is full, so that sums of neighbours come out in order.
struct HorizontalTaps {
  std::vector<TapRange> ranges;
  /// in words of a row with four channels, for every column of every group
  std::vector<std::int32_t> starts;
  std::vector<std::uint16_t> weights;
  int pairs = 0;
};

/// Where the weights of the pair 0 of a column begin; those of pair p are 64 × p words behind.
inline int horizontal_weight_offset(int column, int pairs) {
  const int in_group = column % 8;
  return (column / 8 * pairs * 8 + in_group / 2 + in_group % 2 * 4) * 8;
}

/// Weights for scaling `source` rows or columns to `target`: the mean over the covered area when
/// shrinking, linear between neighbours when growing.
VerticalTaps vertical_taps(int source, int target);
HorizontalTaps horizontal_taps(int source, int target);

}  // namespace earthshine
