#include "capture/pattern_colors.h"

#include <cmath>

namespace earthshine {
namespace {

std::uint32_t grey(int level) {
  const auto byte = static_cast<std::uint32_t>(level);
  return byte << 16 | byte << 8 | byte;
}

PatternColors in_pq() {
  constexpr double kPaper = 203;
  PatternColors colors{};
  const std::uint32_t paper = grey(pq_byte(kPaper));
  colors.white = paper;
  constexpr std::array<std::uint32_t, 7> kOn{0xFFFFFF, 0xFFFF00, 0x00FFFF, 0x00FF00,
                                             0xFF00FF, 0xFF0000, 0x0000FF};
  for (std::size_t bar = 0; bar < kOn.size(); ++bar) colors.bars[bar] = paper & kOn[bar];
  colors.square = paper & 0xFF0000;
  colors.ramp_end = pq_byte(kPatchLight.back());
  for (std::size_t i = 0; i < kPatchLight.size(); ++i) {
    colors.patches[i] = grey(pq_byte(kPatchLight[i]));
  }
  return colors;
}

}  // namespace

int pq_byte(double nits) {
  // SMPTE ST 2084, 5.2.
  constexpr double kM1 = 2610.0 / 16384, kM2 = 2523.0 / 4096 * 128;
  constexpr double kC1 = 3424.0 / 4096, kC2 = 2413.0 / 4096 * 32, kC3 = 2392.0 / 4096 * 32;
  const double light = std::pow(nits / 10'000, kM1);
  return static_cast<int>(
      std::lround(255 * std::pow((kC1 + kC2 * light) / (1 + kC3 * light), kM2)));
}

const PatternColors& sdr_pattern_colors() {
  static constexpr PatternColors kColors{
      .white = 0xFFFFFF,
      .bars = {0xBFBFBF, 0xBFBF00, 0x00BFBF, 0x00BF00, 0xBF00BF, 0xBF0000, 0x0000BF},
      .square = 0xE07020,
      .ramp_end = 255,
      .patches = {}};
  return kColors;
}

const PatternColors& hdr_pattern_colors() {
  static const PatternColors colors = in_pq();
  return colors;
}

}  // namespace earthshine
