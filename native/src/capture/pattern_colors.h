#pragma once

#include <array>
#include <cstdint>

namespace earthshine {

/// What the test pattern is painted with: a pixel is 0xRRGGBB.
struct PatternColors {
  std::uint32_t white;
  /// white, yellow, cyan, green, magenta, red, blue
  std::array<std::uint32_t, 7> bars;
  std::uint32_t square;
  /// the last grey of the ramp that begins with black
  int ramp_end;
  /// greys of known light, the darkest first; HDR alone
  std::array<std::uint32_t, 8> patches;
};

/// sRGB, as a desktop has it.
const PatternColors& sdr_pattern_colors();
/// SMPTE ST 2084 (PQ) with the primaries of BT.2020, in 8 of its bits: white and bars are at 203
/// nit, the white of paper (ITU-R BT.2408); the ramp ends at 1000, and so do the patches.
const PatternColors& hdr_pattern_colors();

/// Light of the HDR pattern's patches, nit.
inline constexpr std::array<double, 8> kPatchLight{0, 1, 10, 50, 100, 203, 400, 1000};

/// A byte of PQ for light of so many nit.
int pq_byte(double nits);

}  // namespace earthshine
