// sway without a screen: of Debian 12 it has wlr-screencopy, newer ones ext-image-copy-capture too.

#include "capture/wayland/source.h"

#include <doctest/doctest.h>
#include <poll.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "capture/wayland/sway.h"
#include "support/grabbed_view.h"

using namespace earthshine;
using namespace earthshine::test;

namespace {

constexpr Nanoseconds kMillisecond = 1'000'000;

std::unique_ptr<Source> open(const Sway& sway) {
  auto source = WaylandSource::open({.display = sway.display(), .output = "HEADLESS-1"});
  REQUIRE_MESSAGE(source.ok(), (source.ok() ? "" : source.fault().message));
  return std::move(source.value());
}

/// Waits like the capture thread, on the descriptor.
bool changes_within(Source& source, int milliseconds) {
  const Nanoseconds end = now() + milliseconds * kMillisecond;
  for (;;) {
    auto change = source.poll();
    REQUIRE_MESSAGE(change.ok(), (change.ok() ? "" : change.fault().message));
    const Nanoseconds left = end - now();
    if (change.value().picture) return true;
    if (left <= 0) return false;
    pollfd watched{source.descriptor(), POLLIN, 0};
    ::poll(&watched, 1, static_cast<int>(std::min(left, 20 * kMillisecond) / kMillisecond) + 1);
  }
}

/// Grabs until the picture's middle has this colour; what came until then is damaged.
Shown wait_for_color(Source& source, std::uint32_t color) {
  Damage damage;
  for (const Nanoseconds end = now() + 10'000 * kMillisecond; now() < end;) {
    Shown shown = grab(source);
    damage.add(shown.damage);
    if (pixel(shown.view, shown.view.width / 2, shown.view.height / 2) == color) {
      return {shown.view, damage};
    }
    changes_within(source, 200);
  }
  FAIL("the colour did not come");
  return {};
}

}  // namespace

TEST_CASE("an output of sway is shown as it is, and a still one stays silent") {
  const Sway sway;
  const auto source = open(sway);
  const Shown first = wait_for_color(*source, 0x204060);
  CHECK(first.damage.is_everything());
  CHECK(first.view.width == 320);
  CHECK(first.view.height == 200);
  CHECK(pixel(first.view, 319, 199) == 0x204060);
  while (changes_within(*source, 300)) grab(*source);
  const Nanoseconds begin = now();
  CHECK_FALSE(changes_within(*source, 300));
  CHECK(now() - begin >= 299 * kMillisecond);

  REQUIRE(sway.tell("output HEADLESS-1 bg #aa5511 solid_color"));
  const Shown other = wait_for_color(*source, 0xAA5511);
  CHECK_FALSE(other.damage.empty());
  CHECK(pixel(other.view, 0, 0) == 0xAA5511);
  CHECK(pixel(first.view, 0, 0) != 0);
}

TEST_CASE("an output of sway that changes its mode is followed") {
  const Sway sway;
  const auto source = open(sway);
  wait_for_color(*source, 0x204060);
  REQUIRE(sway.tell("output HEADLESS-1 mode --custom 400x240@60Hz"));
  Shown shown{};
  for (int i = 0; i < 50 && shown.view.width != 400; ++i) {
    changes_within(*source, 200);
    shown = grab(*source);
  }
  CHECK(shown.view.width == 400);
  CHECK(shown.view.height == 240);
  CHECK(shown.damage.is_everything());
  auto told = source->poll();
  REQUIRE(told.ok());
  CHECK(told.value().area == SourceArea{0, 0, 400, 240, 400, 240});
  CHECK(pixel(wait_for_color(*source, 0x204060).view, 399, 239) == 0x204060);
}

TEST_CASE("what keeps an output from being captured is said, and the last picture stays") {
  Sway sway;
  const auto unknown = WaylandSource::open({.display = sway.display(), .output = "DP-9"});
  REQUIRE_FALSE(unknown.ok());
  CHECK(unknown.fault().message.find("HEADLESS-1") != std::string::npos);
  const auto source = open(sway);
  const Shown last = wait_for_color(*source, 0x204060);
  sway.kill();
  Result<SourceChange> polled = source->poll();
  for (int i = 0; i < 500 && polled; ++i) {
    usleep(10'000);
    polled = source->poll();
  }
  REQUIRE_FALSE(polled.ok());
  CHECK(polled.fault().message.find("has ended") != std::string::npos);
  CHECK(pixel(last.view, 160, 100) == 0x204060);
  CHECK_FALSE(WaylandSource::open({.display = sway.display(), .output = "HEADLESS-1"}).ok());
}
