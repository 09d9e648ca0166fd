#include "base/histogram.h"

#include <doctest/doctest.h>

#include <cmath>

using earthshine::Histogram;

TEST_CASE("histogram: nothing measured is absent, not zero") {
  Histogram histogram;
  CHECK_FALSE(histogram.take());
  histogram.add(5000);
  CHECK(histogram.take());
  CHECK_FALSE(histogram.take());
}

TEST_CASE("histogram: percentiles are within 9 % from 1 us to 16 s") {
  for (double microseconds = 1.0; microseconds < 16e6; microseconds *= 1.37) {
    Histogram histogram;
    for (int i = 0; i < 98; ++i) histogram.add(static_cast<std::int64_t>(microseconds * 1000));
    histogram.add(static_cast<std::int64_t>(microseconds * 3000));
    histogram.add(static_cast<std::int64_t>(microseconds * 3000));
    const auto figures = histogram.take();
    REQUIRE(figures);
    CHECK(figures->count == 100);
    CHECK(std::abs(figures->p50 / microseconds - 1) < 0.09);
    CHECK(std::abs(figures->p95 / microseconds - 1) < 0.09);
    CHECK(figures->mean == doctest::Approx(microseconds * 1.04).epsilon(0.001));
    CHECK(figures->max == doctest::Approx(microseconds * 3).epsilon(0.001));
    CHECK(figures->p99 <= figures->max);
    if (microseconds * 3 < 16e6) CHECK(std::abs(figures->p99 / (microseconds * 3) - 1) < 0.09);
  }
}

TEST_CASE("histogram: durations outside the range are kept in the outer buckets") {
  Histogram histogram;
  histogram.add(-5);
  histogram.add(60'000'000'000);
  const auto figures = histogram.take();
  REQUIRE(figures);
  CHECK(figures->count == 2);
  CHECK(figures->p50 < 1.0);
  CHECK(figures->p99 == doctest::Approx(60e6));
}
