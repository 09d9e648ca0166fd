#pragma once

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <functional>
#include <string>
#include <vector>

namespace earthshine::bench {

using Bytes = std::vector<std::uint8_t>;

/// Microseconds of this thread's CPU time.
inline double cpu_time() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

/// The value below which a share of all lies.
inline double percentile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  if (values.empty()) return 0;
  const auto at = static_cast<std::size_t>(share * static_cast<double>(values.size()));
  return values[std::min(values.size() - 1, at)];
}

/// One thing to measure; `rounds` gets the microseconds of one run.
struct Contestant {
  std::string name;
  std::function<void()> run;
  std::vector<double> rounds{};

  [[nodiscard]] double at(double share) const { return percentile(rounds, share); }
  [[nodiscard]] double median() const { return at(0.5); }
};

/// Runs all contestants in turn, again and again, so that a disturbance meets each of them.
inline void measure(std::vector<Contestant>& contestants, int rounds, int repeat) {
  for (auto& contestant : contestants) contestant.run();
  for (int round = 0; round < rounds; ++round) {
    for (auto& contestant : contestants) {
      const double start = cpu_time();
      for (int i = 0; i < repeat; ++i) contestant.run();
      contestant.rounds.push_back((cpu_time() - start) / repeat);
    }
  }
}

inline Bytes pattern(std::size_t size) {
  Bytes bytes(size);
  std::uint32_t state = 1;
  for (auto& byte : bytes) {
    state = state * 1664525U + 1013904223U;
    byte = static_cast<std::uint8_t>(state >> 24);
  }
  return bytes;
}

}  // namespace earthshine::bench
