#pragma once

#include <cstdint>

namespace earthshine::stand_in {

/// What the stand-in of libva was last told, for tests to compare with what they wished. Found by
/// the name "va_stand_in_facts" in libva.so.2.
struct VaFacts {
  int frames = 0;
  int idr_frames = 0;
  /// rate control, as it was told last, and at which frame
  std::uint32_t bits_per_second = 0, buffer_bits = 0, least_quantizer = 0;
  std::uint32_t rate_numerator = 0, rate_denominator = 0;
  int rate_told_at = 0;
  bool filler = true;
  /// of the last frame
  int slices = 0;
  int references_kept = 0;
  /// frames back that it is predicted from; 0: an IDR
  int distance = 0;
  /// objects that are alive
  int objects = 0;
  bool low_power = false;
};

using VaFactsFunction = const VaFacts*();

}  // namespace earthshine::stand_in
