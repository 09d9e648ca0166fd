#include "pipeline/changed_area.h"

#include <doctest/doctest.h>

using namespace earthshine;

namespace {

Grab grab(const Damage& damage) {
  return {BgrxView{.width = 100, .height = 50}, damage};
}

Damage damage(std::initializer_list<Rectangle> areas) {
  Damage result;
  for (const Rectangle& area : areas) result.add(area);
  return result;
}

}  // namespace

TEST_CASE("changed area: a mean over the pictures, and nothing without one") {
  ChangedArea area;
  CHECK_FALSE(area.take());
  area.add(grab(Damage::everything()));
  area.add(grab(damage({{0, 0, 50, 50}})));
  CHECK(area.take() == 75.0);
  CHECK_FALSE(area.take());
}

TEST_CASE("changed area: rectangles that overlap are no more than the picture") {
  ChangedArea area;
  area.add(grab(damage({{0, 0, 100, 40}, {0, 10, 100, 40}})));
  const auto share = area.take();
  REQUIRE(share);
  CHECK(*share <= 100.0);
  CHECK(*share >= 99.0);
  area.add(grab({}));
  CHECK(area.take() == 0.0);
}
