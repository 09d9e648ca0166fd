#include "speedtest/meter.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <set>
#include <vector>

#include "net/sequence_window.h"

using namespace earthshine;

namespace {

/// A network that loses, doubles and delays; the same seed gives the same order of arrival.
std::vector<std::uint64_t> arrivals(std::uint64_t count, std::uint32_t seed) {
  std::mt19937 random(seed);
  const double lose = (random() % 20) / 100.0, again = (random() % 10) / 100.0;
  const std::uint64_t reach = 1 + random() % 50;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> timed;
  const auto chance = [&](double share) { return random() / 4294967296.0 < share; };
  for (std::uint64_t i = 0; i < count; ++i) {
    if (chance(lose)) continue;
    timed.emplace_back(i + (chance(0.1) ? random() % reach : 0), i);
    if (chance(again)) timed.emplace_back(i + random() % reach, i);
  }
  std::stable_sort(timed.begin(), timed.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::uint64_t> order;
  for (const auto& [time, number] : timed) order.push_back(number);
  return order;
}

}  // namespace

TEST_CASE("sequence window: agrees with a set of everything that was seen") {
  for (std::uint32_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    auto window = std::make_unique<SequenceWindow>();
    std::set<std::uint64_t> seen;
    std::uint64_t end = 0;
    for (const std::uint64_t number : arrivals(4000, seed)) {
      const auto arrival = window->add(number);
      const bool fresh = seen.insert(number).second;
      if (!fresh) {
        CHECK(arrival == SequenceWindow::Arrival::kDuplicate);
      } else if (number >= end) {
        CHECK(arrival == SequenceWindow::Arrival::kNext);
      } else {
        CHECK(arrival == SequenceWindow::Arrival::kReordered);
      }
      end = std::max(end, number + 1);
    }
    CHECK(window->end() == end);
    CHECK(window->seen() == seen.size());
    CHECK(window->missing() == end - seen.size());
  }
}

TEST_CASE("sequence window: forgets what lies behind it, however far a number jumps") {
  using enum SequenceWindow::Arrival;
  constexpr std::uint64_t kNumbers = SequenceWindow::kNumbers;
  auto window = std::make_unique<SequenceWindow>();
  CHECK(window->add(0) == kNext);
  CHECK(window->add(kNumbers) == kNext);
  CHECK(window->add(0) == kAncient);
  CHECK(window->add(1) == kReordered);
  CHECK(window->add(1) == kDuplicate);
  // The bits of the numbers in between must not stand for older ones.
  CHECK(window->add(kNumbers + 70) == kNext);
  for (std::uint64_t number = kNumbers + 1; number < kNumbers + 70; ++number) {
    CHECK(window->add(number) == kReordered);
  }
  CHECK(window->add(10 * kNumbers + 5) == kNext);
  CHECK(window->add(9 * kNumbers + 6) == kReordered);
  CHECK(window->add(9 * kNumbers + 5) == kAncient);
  CHECK(window->add((std::uint64_t{1} << 40) - 1) == kNext);
}

TEST_CASE("speed test meter: losses, duplicates and order add up for every network") {
  for (std::uint32_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    const auto order = arrivals(5000, seed);
    auto meter = std::make_unique<SpeedTestMeter>();
    Nanoseconds time = 1'000'000'000;
    for (const std::uint64_t number : order) {
      meter->add({.sequence = number, .sent = time - 5'000'000, .step = number < 2000 ? 0U : 1U},
                 time);
      time += 100'000;
    }
    const SpeedTestFigures& figures = meter->figures();
    const std::set<std::uint64_t> unique(order.begin(), order.end());
    CHECK(figures.packets == unique.size());
    CHECK(figures.duplicates == order.size() - unique.size());
    CHECK(figures.lost == *unique.rbegin() + 1 - unique.size());
    CHECK(figures.steps == 2);
    CHECK(figures.step[0].packets + figures.step[1].packets == figures.packets);
    CHECK(figures.step[0].reordered + figures.step[1].reordered == figures.reordered);
    CHECK(figures.step[0].duplicates + figures.step[1].duplicates == figures.duplicates);
    CHECK(figures.step[0].first == *unique.begin());
    CHECK(figures.step[1].last == *unique.rbegin());
    // An even transit time has no jitter, whatever is lost.
    CHECK(figures.step[0].jitter == 0);
    std::uint64_t packets = 0;
    std::int64_t lost = 0;
    for (std::size_t i = 0; i < figures.intervals; ++i) {
      packets += figures.interval[i].packets;
      lost += figures.interval[i].lost;
    }
    CHECK(packets == figures.packets);
    CHECK(lost == static_cast<std::int64_t>(figures.lost));
  }
}

TEST_CASE("speed test meter: jitter and the time on the way follow RFC 3550") {
  auto meter = std::make_unique<SpeedTestMeter>();
  std::mt19937 random(7);
  double jitter = 0, before = 0;
  Nanoseconds least = INT64_MAX, most = INT64_MIN;
  for (std::uint64_t i = 0; i < 3000; ++i) {
    const Nanoseconds sent = 50'000'000'000 + static_cast<Nanoseconds>(i) * 400'000;
    // The device's clock began elsewhere, so transit times are negative here.
    const Nanoseconds transit = -40'000'000'000 + static_cast<Nanoseconds>(random() % 2'000'000);
    if (i > 0) jitter += (std::abs(static_cast<double>(transit) - before) - jitter) / 16;
    before = static_cast<double>(transit);
    least = std::min(least, transit);
    most = std::max(most, transit);
    meter->add({.sequence = i, .sent = sent, .step = 3}, sent + transit);
  }
  const SpeedTestStepFigures& step = meter->figures().step[3];
  CHECK(static_cast<double>(step.jitter) == doctest::Approx(jitter).epsilon(0.001));
  CHECK(step.least_transit == least);
  CHECK(step.most_transit == most);
  CHECK(step.transit > least);
  CHECK(step.transit < most);
  CHECK(meter->figures().intervals == 12);
}

TEST_CASE("speed test meter: a test that never ends stays within its memory") {
  auto meter = std::make_unique<SpeedTestMeter>();
  for (std::uint64_t i = 0; i < 1000; ++i) {
    meter->add({.sequence = i, .sent = 0, .step = 63}, static_cast<Nanoseconds>(i) * 1'000'000'000);
  }
  CHECK(meter->figures().intervals == SpeedTestFigures::kIntervals);
  CHECK(meter->figures().packets == 1000);
}
