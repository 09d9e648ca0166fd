#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace earthshine {

/// What one picture of the test pattern says about itself, so that a program can read frame numbers
/// and latency from decoded luma (docs/3-reference/test-pattern.md).
struct PatternStamp {
  std::uint32_t counter = 0;
  /// CLOCK_MONOTONIC at drawing, microseconds
  std::uint64_t microseconds = 0;

  friend bool operator==(const PatternStamp&, const PatternStamp&) = default;
};

/// The strip is a grid of cells over the top of the picture; a white cell is 1.
inline constexpr int kStripColumns = 32;
inline constexpr int kStripRows = 4;
/// A cell is this fraction of the picture's height high.
inline constexpr int kStripRowsPerPicture = 30;
/// The left half of row 0.
inline constexpr std::uint16_t kStripSync = 0xA5C3;

struct StripCell {
  int left, top, right, bottom;
};

/// Edges of a cell in a picture of this size; right and bottom are the next cell's.
StripCell strip_cell(int column, int row, int width, int height);

/// The rows' bits, the most significant leftmost: sync and CRC-16, counter, time high, time low.
struct StripBits {
  std::uint32_t rows[kStripRows];
};
StripBits strip_bits(const PatternStamp& stamp);

/// Reads the strip from luma of any size or range. Nothing when the sync, the contrast or the CRC
/// is wrong.
std::optional<PatternStamp> read_strip(const std::uint8_t* luma, std::ptrdiff_t stride, int width,
                                       int height);

}  // namespace earthshine
