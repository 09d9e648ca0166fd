#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"
#include "net/sequence_window.h"
#include "speedtest/datagram.h"

namespace earthshine {

/// What arrived while one rate was in use.
struct SpeedTestStepFigures {
  /// different ones; duplicates are not among them
  std::uint64_t packets = 0;
  std::uint64_t duplicates = 0, reordered = 0;
  /// sequence numbers of this step run from here …
  std::uint64_t first = 0;
  /// … to here, as far as they arrived
  std::uint64_t last = 0;
  Nanoseconds first_arrived = 0, last_arrived = 0;
  /// smoothed difference of successive transit times (RFC 3550 §6.4.1)
  Nanoseconds jitter = 0;
  /// shortest and longest time on the way, and the smoothed last one; the two clocks differ, so
  /// they only mean something against each other and against other steps
  Nanoseconds least_transit = 0, most_transit = 0, transit = 0;
  /// of the packet that came last, for the jitter
  Nanoseconds transit_before = 0;
};

/// One tenth of a second.
struct SpeedTestInterval {
  std::uint64_t packets = 0;
  /// numbers skipped, less those that came after all; negative when more came late than were lost
  std::int64_t lost = 0;
};

struct SpeedTestFigures {
  /// a test takes ten seconds, a hundred of them; what comes later counts in the last one
  static constexpr std::size_t kIntervals = 128;
  static constexpr Nanoseconds kInterval = 100'000'000;

  std::uint64_t packets = 0, duplicates = 0, reordered = 0, ancient = 0;
  /// numbers below the highest that did not arrive
  std::uint64_t lost = 0;
  /// datagrams that are not the host's
  std::uint64_t foreign = 0;
  std::size_t steps = 0, intervals = 0;
  std::array<SpeedTestStepFigures, kSpeedTestSteps> step{};
  std::array<SpeedTestInterval, kIntervals> interval{};
};

/// Counts the datagrams of a speed test. Nothing in it grows with their number.
class SpeedTestMeter {
 public:
  void add(const SpeedTestHeader& header, Nanoseconds arrived);
  void add_foreign() { ++figures_.foreign; }
  [[nodiscard]] const SpeedTestFigures& figures() const { return figures_; }

 private:
  static void add_to(SpeedTestStepFigures& step, const SpeedTestHeader& header,
                     Nanoseconds arrived);
  SpeedTestInterval& interval_at(Nanoseconds arrived);

  SequenceWindow window_;
  SpeedTestFigures figures_;
  Nanoseconds begun_ = 0;
};

}  // namespace earthshine
