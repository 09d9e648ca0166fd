#include "net/pacer.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <initializer_list>

using namespace earthshine;

TEST_CASE("pacing: at most four bursts of at least 16 packets within three quarters") {
  for (const Nanoseconds interval :
       std::initializer_list<Nanoseconds>{4'166'667, 8'333'333, 16'666'667, 33'333'333}) {
    for (std::size_t packets = 1; packets < 4092; packets += 1 + packets / 9) {
      const PacingLimits limits{.frame_interval = interval,
                                .bits_per_second = 20'000'000,
                                .link_bits_per_second = 100'000'000'000};
      const PacingPlan plan = plan_pacing(packets, 1408, limits);
      const std::size_t bursts = (packets + plan.burst - 1) / plan.burst;
      CHECK(bursts <= 4);
      CHECK(plan.burst == std::max<std::size_t>(16, (packets + 3) / 4));
      CHECK(plan.gap * static_cast<Nanoseconds>(bursts) <= interval * 3 / 4);
    }
  }
}

TEST_CASE("pacing: an ordinary frame takes an eighth of its interval, a large one more") {
  const PacingLimits limits{.frame_interval = 16'666'667,
                            .bits_per_second = 20'000'000,
                            .link_bits_per_second = 100'000'000'000};
  // 20 Mbit/s at 60 Hz is 41667 bytes a frame.
  const PacingPlan ordinary = plan_pacing(30, 1389, limits);
  CHECK(ordinary.gap * 2 == doctest::Approx(16'666'667 / 8.0).epsilon(0.01));
  CHECK(plan_pacing(300, 1389, limits).gap * 4 == doctest::Approx(16'666'667 * 0.75).epsilon(0.01));
}

TEST_CASE("pacing: in bursts the link's rate decides alone, and off there is one") {
  PacingLimits limits{.mode = PacingMode::kBurst,
                      .frame_interval = 16'666'667,
                      .bits_per_second = 20'000'000,
                      .link_bits_per_second = 800'000'000};
  const PacingPlan bursts = plan_pacing(132, 1408, limits);
  CHECK(bursts.burst == 33);
  CHECK(bursts.gap == Nanoseconds{33} * 1408 * 8 * 1000 / 800);
  limits.mode = PacingMode::kOff;
  const PacingPlan off = plan_pacing(132, 1408, limits);
  CHECK(off.burst == 132);
  CHECK(off.gap == 0);
  Pacer unlimited(0);
  CHECK(unlimited.begin(7, off) == 7);
  unlimited.sent(7, 1'000'000'000);
  CHECK(unlimited.begin(8, off) == 8);
}

TEST_CASE("pacing: the largest frame at the highest rates does not overflow") {
  for (const Nanoseconds interval : std::initializer_list<Nanoseconds>{2'000'000, 33'333'333}) {
    for (const std::int64_t rate : {std::int64_t{500'000}, std::int64_t{2'000'000'000}}) {
      const PacingPlan plan = plan_pacing(4092, 65'016,
                                          {.frame_interval = interval,
                                           .bits_per_second = rate,
                                           .link_bits_per_second = 100'000'000'000});
      CHECK(plan.burst == 1023);
      CHECK(plan.gap > 0);
      CHECK(plan.gap * 4 <= std::max<Nanoseconds>(interval * 3 / 4, 22'000'000));
    }
  }
}

TEST_CASE("pacing: no burst outruns the link, not even into the next frame") {
  const std::int64_t link = 80'000'000;
  const PacingLimits limits{
      .frame_interval = 16'666'667, .bits_per_second = 1'000'000'000, .link_bits_per_second = link};
  const PacingPlan plan = plan_pacing(64, 1000, limits);
  CHECK(plan.gap == 16 * 1000 * 100);
  Pacer pacer(link);
  CHECK(pacer.begin(5'000, plan) == 5'000);
  pacer.sent(5'000, 16'000);
  CHECK(pacer.next(1, false) == 5'000 + 1'600'000);
  // The first burst left late: the second keeps the link's distance from it.
  pacer.sent(2'000'000, 16'000);
  CHECK(pacer.next(2, false) == 3'600'000);
  CHECK(pacer.next(2, true) == 3'600'000);
  CHECK(pacer.begin(3'000'000, plan) == 3'600'000);
  CHECK(pacer.begin(9'000'000, plan) == 9'000'000);
}

TEST_CASE("pacing: sleeping ends at the time, not before") {
  const Nanoseconds start = now();
  sleep_until(start + 3'000'000);
  CHECK(now() >= start + 3'000'000);
  // It returns at once from a time that has passed; the machine may be busy at one try.
  Nanoseconds quickest = 1'000'000'000;
  for (int i = 0; i < 10; ++i) {
    const Nanoseconds past = now();
    sleep_until(start);
    quickest = std::min(quickest, now() - past);
  }
  CHECK(quickest < 1'000'000);
}
