#include "pipeline/frame_clock.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>

using namespace earthshine;

namespace {

constexpr double kSecond = 1e9;

struct Rate {
  int numerator, denominator;
  [[nodiscard]] double interval() const { return kSecond * denominator / numerator; }
};
constexpr Rate kRates[] = {{60, 1}, {60'000, 1001}, {24'000, 1001}, {144, 1}, {30, 1}};

}  // namespace

TEST_CASE("a source that is always ready runs at the exact rate, however late the thread wakes") {
  for (const Rate& rate : kRates) {
    CAPTURE(rate.numerator);
    FrameClock clock(rate.numerator, rate.denominator, 1000);
    std::mt19937 random(5);
    std::uniform_int_distribution<Nanoseconds> late(
        0, static_cast<Nanoseconds>(rate.interval() * 0.9));
    constexpr int kFrames = 1'000'000;
    for (int i = 0; i < kFrames; ++i) clock.take(clock.earliest() + late(random), true);
    // 4.6 hours at 60: the next slot is exactly where the fraction says, to the nanosecond.
    CHECK(std::abs(clock.earliest() - 1000 - kFrames * rate.interval()) <= 1);
  }
}

TEST_CASE("a jittering source at the client's rate loses nothing and is repeated never") {
  for (const Rate& rate : kRates) {
    FrameClock clock(rate.numerator, rate.denominator, 0);
    std::mt19937 random(6);
    std::uniform_real_distribution<double> jitter(-0.24, 0.24);
    int waited = 0;
    int repeated = 0;
    for (int i = 1; i <= 10'000; ++i) {
      const auto time = static_cast<Nanoseconds>((i + jitter(random)) * rate.interval());
      if (i > 1 && clock.repeat_due() < time) ++repeated;
      if (clock.earliest() > time) ++waited;
      clock.take(std::max(time, clock.earliest()), true);
    }
    CHECK(waited == 0);
    CHECK(repeated == 0);
  }
}

TEST_CASE("a faster source never exceeds the rate in the long run") {
  for (const Rate& rate : kRates) {
    FrameClock clock(rate.numerator, rate.denominator, 0);
    int frames = 0;
    for (Nanoseconds time = 0; time < 100'000'000'000; time += 1'000'000) {
      if (clock.earliest() > time) continue;
      clock.take(time, true);
      ++frames;
    }
    const double allowed = 100 * kSecond / rate.interval();
    CHECK(frames <= allowed + 2);
    CHECK(frames >= allowed - 2);
  }
}

TEST_CASE("after a pause a new picture goes at once, and at most one follows out of turn") {
  FrameClock clock(60, 1, 0);
  clock.take(0, true);
  const Nanoseconds later = 5'000'000'000;
  CHECK(clock.earliest() <= later);
  clock.take(later, true);
  // A slot of 16.67 ms is a nanosecond longer now and then.
  CHECK(clock.earliest() <= later + 1);
  clock.take(later + 1, true);

  CHECK(clock.earliest() - later >= 16'000'000);
}

TEST_CASE("a picture is repeated every slot for half a second, then four times a second") {
  FrameClock clock(60, 1, 0);
  clock.take(0, true);
  int soon = 0;
  int late = 0;
  Nanoseconds time = 0;
  for (;;) {
    time = clock.repeat_due();
    if (time >= 10'500'000'000) break;
    clock.take(time, false);
    ++(time < 500'000'000 ? soon : late);
  }
  CHECK(soon >= 28);
  CHECK(soon <= 30);
  CHECK(late >= 39);
  CHECK(late <= 41);
}

TEST_CASE("rates below four a second repeat at their own rate") {
  FrameClock clock(2, 1, 0);
  clock.take(0, true);
  for (int i = 0; i < 10; ++i) clock.take(clock.repeat_due(), false);
  const Nanoseconds last = clock.repeat_due();
  clock.take(last, false);
  CHECK(clock.repeat_due() - last == 500'000'000);
}

namespace {

/// Plays a source that draws every `interval` against the clock as the capture thread does.
struct Played {
  int sent = 0;
  /// of the second half, in slots
  double mean_wait = 0;
};

Played play(const Rate& rate, double interval, double hiccup_at, double hiccup) {
  FrameClock clock(rate.numerator, rate.denominator, 0);
  constexpr int kPictures = 20'000;
  Played played;
  int waits = 0;
  for (int i = 1; i <= kPictures; ++i) {
    double at = i * interval;
    // One picture is late, the next ones are on time again.
    if (at > hiccup_at && at < hiccup_at + interval) at += hiccup;
    const auto arrived = static_cast<Nanoseconds>(at);
    if (arrived < clock.earliest() && clock.lags()) {
      clock.take(static_cast<Nanoseconds>((i + 1) * interval), true, 0);
      ++i;
      ++played.sent;
      continue;
    }
    const auto time = std::max(arrived, clock.earliest());
    // Overtaken by the next while it waited.
    if (static_cast<double>(time) > (i + 1) * interval) continue;
    const Nanoseconds waited = time - arrived;
    clock.take(time, true, waited);
    ++played.sent;
    if (i > kPictures / 2) {
      played.mean_wait += static_cast<double>(waited) / rate.interval();
      ++waits;
    }
  }
  played.mean_wait /= waits;
  return played;
}

}  // namespace

TEST_CASE("a source at the client's rate does not wait for ever after one late picture") {
  for (const Rate& rate : kRates) {
    CAPTURE(rate.numerator);
    const Played played = play(rate, rate.interval(), 100 * rate.interval(), 1.9 * rate.interval());
    CHECK(played.mean_wait < 0.13);
    CHECK(played.sent > 19'990);
  }
}

TEST_CASE("a source a little faster than the client hardly waits, and the rate is kept") {
  for (const Rate& rate : kRates) {
    CAPTURE(rate.numerator);
    const Played played = play(rate, rate.interval() / 1.002, 0, 0);
    CHECK(played.mean_wait < 0.13);
    CHECK(played.sent <= 20'000 / 1.002 + 2);
    CHECK(played.sent > 20'000 / 1.002 - 40);
  }
}

namespace {

/// How old the newest picture of a source is, on average and in its own periods, when the clock
/// takes it: `offset` into a period at the first slot, told in whole milliseconds.
struct Freshness {
  double mean_age = 0;
  int sent = 0;
  double longest_wait = 0;
};

Freshness freshness(const Rate& rate, double period, double offset, double seconds) {
  FrameClock clock(rate.numerator, rate.denominator, 0);
  Freshness result;
  const auto drawn = [&](double until) {
    // A nanosecond for the rounding of what is exactly a picture's time.
    return offset + std::floor((until + 1 - offset) / period) * period;
  };
  const auto told = [](double time) {
    return (static_cast<Nanoseconds>(time) / 1'000'000 + 1) * 1'000'000;
  };
  while (static_cast<double>(clock.earliest()) < seconds * kSecond) {
    const auto slot = static_cast<double>(clock.earliest());
    const double latest = drawn(slot);
    const Nanoseconds said = std::min(told(latest), clock.earliest());
    double time = latest + period;
    const bool lags = clock.lags();
    if (!lags) {
      const Nanoseconds best = clock.best(said, told(latest) - told(latest - period));
      CHECK(best >= clock.earliest());
      // The next picture ends the wait.
      time = std::min(static_cast<double>(best), time);
      result.longest_wait = std::max(result.longest_wait, time - slot);
    }
    result.mean_age += (time - drawn(time)) / period;
    ++result.sent;
    const auto waited =
        time > slot ? static_cast<Nanoseconds>(time - slot) : clock.earliest() - said;
    clock.take(static_cast<Nanoseconds>(time), true, waited);
    if (lags) clock.realign(static_cast<Nanoseconds>(time));
  }
  result.mean_age /= result.sent;
  return result;
}

}  // namespace

TEST_CASE("a source that is about to draw again is waited for, and the rate is kept") {
  constexpr double kScreen = kSecond / 60;
  // Each slot comes a little before the next picture: without a wait all would be 0.99 periods old.
  const Freshness just_before = freshness({30, 1}, kScreen, 0.01 * kScreen, 60);
  CHECK(just_before.mean_age < 0.02);
  CHECK(just_before.sent >= 1799);
  CHECK(just_before.longest_wait < kScreen / 3 + 1e6);
  // Too long to wait for each time: once, and the slots follow.
  const Freshness between = freshness({30, 1}, kScreen, 0.5 * kScreen, 60);
  CHECK(between.mean_age < 0.02);
  CHECK(between.sent >= 1799);
  CHECK(between.longest_wait < kScreen / 3 + 1e6);
  // Neither do pictures at the edge, of which some would be waited for and some not.
  const Freshness edge = freshness({30, 1}, kScreen, 0.33 * kScreen, 60);
  CHECK(edge.mean_age < 0.02);
  CHECK(edge.sent >= 1799);
  // All phases in turn.
  const Freshness drifting = freshness({60'000, 1001}, kSecond / 144, 0, 60);
  CHECK(drifting.mean_age < 0.42);
  CHECK(drifting.sent >= 59.93 * 60);
  CHECK(drifting.sent <= 59.95 * 60);
}

TEST_CASE("a source at the client's rate, or slower, or of unknown rate, is not waited for") {
  FrameClock clock(60, 1, 100'000'000);
  constexpr Nanoseconds kSlot = 16'666'666;
  for (const Nanoseconds period : {Nanoseconds{0}, kSlot, kSlot - 10'000, 2 * kSlot}) {
    CAPTURE(period);
    CHECK(clock.best(100'000'000 - period + 1'000'000, period) == clock.earliest());
  }
  // Nor one that should have drawn long ago.
  CHECK(clock.best(100'000'000 - 3 * 8'000'000, 8'000'000) == clock.earliest());
}
