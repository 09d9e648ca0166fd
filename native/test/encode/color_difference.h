#pragma once

#include <algorithm>
#include <array>
#include <cmath>

namespace earthshine::test {

using Triple = std::array<double, 3>;

inline Triple times(const std::array<Triple, 3>& matrix, const Triple& in) {
  Triple out{};
  for (int row = 0; row < 3; ++row) {
    for (int column = 0; column < 3; ++column) out[row] += matrix[row][column] * in[column];
  }
  return out;
}

/// RGB of 0…1 from luma of 0…1 and chroma of −0.5…0.5, by the weights of red and blue in luma: the
/// definition in floating point (BT.601, BT.709, BT.2020).
inline Triple rgb_of(double y, double u, double v, double red, double blue) {
  const double r = y + 2 * (1 - red) * v;
  const double b = y + 2 * (1 - blue) * u;
  return {r, (y - red * r - blue * b) / (1 - red - blue), b};
}

/// CIE L*a*b* of sRGB, for a white of D65.
inline Triple lab_of(const Triple& rgb) {
  Triple linear{};
  for (int i = 0; i < 3; ++i) {
    const double x = std::clamp(rgb[i], 0.0, 1.0);
    linear[i] = x <= 0.04045 ? x / 12.92 : std::pow((x + 0.055) / 1.055, 2.4);
  }
  Triple xyz = times(
      {{{0.4124, 0.3576, 0.1805}, {0.2126, 0.7152, 0.0722}, {0.0193, 0.1192, 0.9505}}}, linear);
  constexpr Triple kWhite{0.9505, 1.0, 1.089};
  for (int i = 0; i < 3; ++i) {
    const double t = xyz[i] / kWhite[i];
    xyz[i] = t > 216.0 / 24389 ? std::cbrt(t) : (24389.0 / 27 * t + 16) / 116;
  }
  return {116 * xyz[1] - 16, 500 * (xyz[0] - xyz[1]), 200 * (xyz[1] - xyz[2])};
}

/// ICtCp of BT.2020 in PQ, scaled so that a distance of 1 is just seen (ITU-R BT.2124, ΔE ITP).
inline Triple itp_of(const Triple& pq) {
  constexpr double kM1 = 2610.0 / 16384, kM2 = 2523.0 / 4096 * 128;
  constexpr double kC1 = 3424.0 / 4096, kC2 = 2413.0 / 4096 * 32, kC3 = 2392.0 / 4096 * 32;
  Triple light{};
  for (int i = 0; i < 3; ++i) {
    const double p = std::pow(std::clamp(pq[i], 0.0, 1.0), 1 / kM2);
    light[i] = std::pow(std::max(p - kC1, 0.0) / (kC2 - kC3 * p), 1 / kM1);
  }
  Triple lms = times({{{1688.0 / 4096, 2146.0 / 4096, 262.0 / 4096},
                       {683.0 / 4096, 2951.0 / 4096, 462.0 / 4096},
                       {99.0 / 4096, 309.0 / 4096, 3688.0 / 4096}}},
                     light);
  for (double& x : lms) {
    const double p = std::pow(std::max(x, 0.0), kM1);
    x = std::pow((kC1 + kC2 * p) / (1 + kC3 * p), kM2);
  }
  const Triple ictcp = times({{{0.5, 0.5, 0},
                               {6610.0 / 4096, -13613.0 / 4096, 7003.0 / 4096},
                               {17933.0 / 4096, -17390.0 / 4096, -543.0 / 4096}}},
                             lms);
  return {720 * ictcp[0], 720 * 0.5 * ictcp[1], 720 * ictcp[2]};
}

inline double distance(const Triple& a, const Triple& b) {
  return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

}  // namespace earthshine::test
