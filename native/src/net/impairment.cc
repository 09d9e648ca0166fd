#include "net/impairment.h"

#include <algorithm>

namespace earthshine {

Impairment::Impairment(const ImpairmentSettings& settings)
    : settings_(settings), random_(settings.seed) {
  settings_.burst = std::max(settings_.burst, 1);
  const double share = std::clamp(settings_.drop, 0.0, 100.0) / 100;
  // A burst of b begins with chance p at each packet outside of one; then b·p / (1 − p + b·p) is
  // the share of all.
  start_chance_ = share > 0 ? 100 * share / (settings_.burst * (1 - share) + share) : 0;
}

bool Impairment::chance(double percent) {
  if (percent <= 0) return false;
  // Not std::uniform_real_distribution: its numbers differ between libraries.
  return static_cast<double>(random_() >> 11) * 0x1p-53 * 100 < percent;
}

Impairment::Fate Impairment::next() {
  Fate fate;
  if (burst_left_ == 0 && chance(start_chance_)) burst_left_ = settings_.burst;
  if (burst_left_ > 0) {
    --burst_left_;
    fate.dropped = true;
    return fate;
  }
  fate.duplicated = chance(settings_.duplicate);
  if (chance(settings_.reorder)) fate.packets_late = std::max(settings_.distance, 1);
  if (chance(settings_.delayed)) fate.delay = settings_.delay;
  return fate;
}

}  // namespace earthshine
