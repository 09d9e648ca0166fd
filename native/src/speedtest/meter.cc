#include "speedtest/meter.h"

#include <algorithm>
#include <cstdlib>

namespace earthshine {

SpeedTestInterval& SpeedTestMeter::interval_at(Nanoseconds arrived) {
  if (figures_.intervals == 0) begun_ = arrived;
  const auto passed = static_cast<std::size_t>(std::max<Nanoseconds>(arrived - begun_, 0) /
                                               SpeedTestFigures::kInterval);
  const std::size_t index = std::min(passed, SpeedTestFigures::kIntervals - 1);
  figures_.intervals = std::max(figures_.intervals, index + 1);
  return figures_.interval[index];
}

void SpeedTestMeter::add_to(SpeedTestStepFigures& step, const SpeedTestHeader& header,
                            Nanoseconds arrived) {
  const Nanoseconds transit = arrived - header.sent;
  if (step.packets == 0) {
    step.first = step.last = header.sequence;
    step.first_arrived = arrived;
    step.least_transit = step.most_transit = step.transit = transit;
  } else {
    step.first = std::min(step.first, header.sequence);
    step.last = std::max(step.last, header.sequence);
    step.jitter += (std::abs(transit - step.transit_before) - step.jitter) / 16;
    step.least_transit = std::min(step.least_transit, transit);
    step.most_transit = std::max(step.most_transit, transit);
    step.transit += (transit - step.transit) / 16;
  }
  step.transit_before = transit;
  step.last_arrived = arrived;
  ++step.packets;
}

void SpeedTestMeter::add(const SpeedTestHeader& header, Nanoseconds arrived) {
  const std::uint64_t missing = window_.missing();
  const auto arrival = window_.add(header.sequence);
  if (arrival == SequenceWindow::Arrival::kAncient) {
    ++figures_.ancient;
    return;
  }
  SpeedTestStepFigures& step = figures_.step[header.step];
  if (arrival == SequenceWindow::Arrival::kDuplicate) {
    ++figures_.duplicates;
    ++step.duplicates;
    return;
  }
  SpeedTestInterval& interval = interval_at(arrived);
  ++interval.packets;
  interval.lost += static_cast<std::int64_t>(window_.missing() - missing);
  if (arrival == SequenceWindow::Arrival::kReordered) {
    ++figures_.reordered;
    ++step.reordered;
  }
  figures_.steps = std::max<std::size_t>(figures_.steps, header.step + 1);
  add_to(step, header, arrived);
  figures_.packets = window_.seen();
  figures_.lost = window_.missing();
}

}  // namespace earthshine
