#pragma once

#include <array>
#include <cstdint>

namespace earthshine {

/// How bright an HDR10 picture is and on what it was meant to be seen (SMPTE ST 2086, CTA-861.3).
struct MasteringLight {
  /// x and y of red, green and blue, then of white, in 1/50000
  std::array<std::uint16_t, 8> chromaticities{};
  /// nit
  int max_luminance = 0;
  /// 1/10000 nit
  int min_luminance = 0;
  /// nit: the brightest pixel, and the brightest mean of a picture
  int max_content = 0, max_average = 0;

  friend bool operator==(const MasteringLight&, const MasteringLight&) = default;
};

}  // namespace earthshine
