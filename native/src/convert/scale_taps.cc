#include "convert/scale_taps.h"

#include <algorithm>
#include <cmath>

namespace earthshine {
namespace {

struct Weights {
  int start = 0;
  std::vector<double> values;
};

Weights area(int source, int target, int index) {
  const double scale = static_cast<double>(source) / target;
  const double from = index * scale;
  const double to = std::min<double>((index + 1) * scale, source);
  Weights weights{static_cast<int>(std::floor(from)), {}};
  for (int i = weights.start; i < source && i < to - 1e-9; ++i) {
    const double covered = std::min<double>(to, i + 1) - std::max<double>(from, i);
    weights.values.push_back(covered / (to - from));
  }
  return weights;
}

Weights linear(int source, int target, int index) {
  const double scale = static_cast<double>(source) / target;
  const double position = std::clamp((index + 0.5) * scale - 0.5, 0.0, source - 1.0);
  const int first = static_cast<int>(position);
  const double fraction = position - first;
  if (fraction < 1e-9) return {first, {1.0}};
  return {first, {1.0 - fraction, fraction}};
}

/// Integer weights that sum up to 65535; what rounding leaves goes to the largest.
std::vector<int> quantized(const Weights& weights) {
  std::vector<int> values;
  int left = 65535;
  for (const double value : weights.values) {
    values.push_back(static_cast<int>(std::lround(value * 65535)));
    left -= values.back();
  }
  *std::max_element(values.begin(), values.end()) += left;
  return values;
}

Weights weights_of(int source, int target, int index) {
  return source > target ? area(source, target, index) : linear(source, target, index);
}

}  // namespace

VerticalTaps vertical_taps(int source, int target) {
  VerticalTaps result;
  for (int i = 0; i < target; ++i) {
    const Weights weights = weights_of(source, target, i);
    result.ranges.push_back({weights.start, static_cast<int>(weights.values.size())});
    result.offsets.push_back(static_cast<int>(result.weights.size()));
    for (const int value : quantized(weights)) {
      result.weights.push_back(static_cast<std::uint16_t>(value));
    }
  }
  return result;
}

HorizontalTaps horizontal_taps(int source, int target) {
  HorizontalTaps result;
  std::vector<std::vector<int>> weights;
  for (int i = 0; i < target; ++i) {
    const Weights exact = weights_of(source, target, i);
    const int count = static_cast<int>(exact.values.size());
    result.ranges.push_back({exact.start, count});
    result.pairs = std::max(result.pairs, (count + 1) / 2);
    weights.push_back(quantized(exact));
  }
  const std::size_t columns = (static_cast<std::size_t>(target) + 7) / 8 * 8;
  result.starts.assign(columns, 0);
  result.weights.assign(columns * result.pairs * 8, 0);
  for (int i = 0; i < target; ++i) {
    result.starts[i] = 4 * result.ranges[i].start;
    const int offset = horizontal_weight_offset(i, result.pairs);
    for (std::size_t tap = 0; tap < weights[i].size(); ++tap) {
      std::fill_n(result.weights.begin() + offset + static_cast<std::ptrdiff_t>(tap / 2) * 64 +
                      static_cast<std::ptrdiff_t>(tap % 2) * 4,
                  4, static_cast<std::uint16_t>(weights[i][tap]));
    }
  }
  return result;
}

}  // namespace earthshine
