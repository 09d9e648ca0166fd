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

/// Integer weights of an exact sum; what rounding leaves goes to the largest.
std::vector<int> quantized(const Weights& weights, int sum) {
  std::vector<int> values;
  int left = sum;
  for (const double value : weights.values) {
    values.push_back(static_cast<int>(std::lround(value * sum)));
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
    result.taps.push_back({weights.start, static_cast<int>(weights.values.size()),
                           static_cast<int>(result.weights.size())});
    for (const int value : quantized(weights, 65535)) {
      result.weights.push_back(static_cast<std::uint16_t>(value));
    }
  }
  return result;
}

HorizontalTaps horizontal_taps(int source, int target) {
  HorizontalTaps result;
  for (int i = 0; i < target; ++i) {
    const Weights weights = weights_of(source, target, i);
    const int count = static_cast<int>(weights.values.size());
    result.taps.push_back(
        {weights.start, (count + 1) / 2, static_cast<int>(result.weights.size())});
    for (const int value : quantized(weights, 1 << 14)) {
      result.weights.push_back(static_cast<std::int16_t>(value));
    }
    if (count % 2 != 0) result.weights.push_back(0);
  }
  return result;
}

}  // namespace earthshine
