#include "pipeline/sharing_rule.h"

#include <doctest/doctest.h>

using namespace earthshine;

namespace {

constexpr Nanoseconds kSecond = 1'000'000'000;
using Move = SharingRule::Move;

constexpr SharingRule::Situation kTogether{.shares = true};
constexpr SharingRule::Situation kDiffers{.shares = true, .agrees = false};
constexpr SharingRule::Situation kRestless{.shares = true, .restless = true};
constexpr SharingRule::Situation kAlone{};
constexpr SharingRule::Situation kEqual{.has_match = true};

}  // namespace

TEST_CASE("viewers that agree stay together, and one alone stays alone") {
  SharingRule rule;
  CHECK(rule.decide(kTogether, 0) == Move::kStay);
  CHECK(rule.decide(kAlone, kSecond) == Move::kStay);
  CHECK_FALSE(rule.waits());
}

TEST_CASE("another bitrate parts them after a moment, in which the others may follow") {
  SharingRule rule;
  CHECK(rule.decide(kDiffers, 0) == Move::kStay);
  CHECK(rule.waits());
  CHECK(rule.decide(kTogether, kSecond / 10) == Move::kStay);
  CHECK(rule.decide(kDiffers, kSecond) == Move::kStay);
  CHECK(rule.decide(kDiffers, kSecond + kSecond / 3) == Move::kApart);
  CHECK(rule.has_parted());
}

TEST_CASE("one who asks for keyframes all the time is parted at once") {
  SharingRule rule;
  CHECK(rule.decide(kRestless, 0) == Move::kApart);
}

TEST_CASE("it comes back after ten seconds of being equal, and later each time") {
  SharingRule rule;
  Nanoseconds time = 0;
  for (const int seconds : {10, 20, 40, 80, 160, 160}) {
    CHECK(rule.decide(kRestless, time) == Move::kApart);
    CHECK(rule.decide(kEqual, time) == Move::kStay);
    CHECK(rule.decide(kEqual, time + (seconds - 1) * kSecond) == Move::kStay);
    CHECK(rule.decide(kEqual, time + seconds * kSecond) == Move::kTogether);
    time += seconds * kSecond;
  }
}

TEST_CASE("a difference in between begins the wait anew") {
  SharingRule rule;
  CHECK(rule.decide(kEqual, 0) == Move::kStay);
  CHECK(rule.decide(kAlone, 5 * kSecond) == Move::kStay);
  CHECK(rule.decide(kEqual, 6 * kSecond) == Move::kStay);
  CHECK(rule.decide(kEqual, 15 * kSecond) == Move::kStay);
  CHECK(rule.decide(kEqual, 16 * kSecond) == Move::kTogether);
}
