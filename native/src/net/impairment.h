#pragma once

#include <cstdint>
#include <random>

#include "base/clock.h"

namespace earthshine {

/// What a bad network does, in per cent of the packets, repeatable by its seed.
struct ImpairmentSettings {
  double drop = 0;
  /// packets lost in a row, on average; the share of `drop` stays
  int burst = 1;
  double duplicate = 0, reorder = 0;
  /// a reordered packet comes so many packets late
  int distance = 3;
  /// share of the packets that take `delay` longer than the others
  double delayed = 0;
  Nanoseconds delay = 0;
  std::uint64_t seed = 1;
};

/// Decides packet by packet. The same settings give the same decisions on every machine.
class Impairment {
 public:
  explicit Impairment(const ImpairmentSettings& settings);

  struct Fate {
    bool dropped = false, duplicated = false;
    /// 0: in its place
    int packets_late = 0;
    Nanoseconds delay = 0;
  };
  Fate next();

 private:
  bool chance(double percent);

  ImpairmentSettings settings_;
  std::mt19937_64 random_;
  int burst_left_ = 0;
  double start_chance_;
};

}  // namespace earthshine
