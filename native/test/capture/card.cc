#include "capture/card.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>

#include "capture/bitmap_font.h"
#include "support/grabbed_view.h"

using namespace earthshine;
using earthshine::test::grab;
using earthshine::test::pixel;
using earthshine::test::Shown;

namespace {

struct Bounds {
  int left, top, right, bottom;
};

/// Of what differs from the upper left corner.
Bounds drawn(const BgrxView& view) {
  Bounds bounds{view.width, view.height, 0, 0};
  const std::uint32_t background = pixel(view, 0, 0);
  for (int y = 0; y < view.height; ++y) {
    for (int x = 0; x < view.width; ++x) {
      if (pixel(view, x, y) == background) continue;
      bounds = {std::min(bounds.left, x), std::min(bounds.top, y), std::max(bounds.right, x + 1),
                std::max(bounds.bottom, y + 1)};
    }
  }
  return bounds;
}

}  // namespace

TEST_CASE("a card stands in the middle of every mode, and inside of it") {
  const std::vector<std::string> lines{"Sleep", "The PC goes to sleep in 5 s.",
                                       "Press any key or button to cancel, or quit."};
  for (const auto& [width, height] :
       {std::pair{1280, 720}, {3440, 1440}, {640, 360}, {720, 1280}, {320, 180}}) {
    CAPTURE(width);
    CAPTURE(height);
    const Canvas card = draw_card(width, height, lines);
    const Bounds bounds = drawn(card.view());
    CHECK(bounds.right - bounds.left > width / 4);
    CHECK(bounds.left > 0);
    CHECK(bounds.right < width);
    CHECK(std::abs(bounds.left - (width - bounds.right)) < width / 16);
    CHECK(std::abs(bounds.top - (height - bounds.bottom)) < height / 8);
  }
}

TEST_CASE("a card that says nothing, or too much, is a picture all the same") {
  const Bounds nothing = drawn(draw_card(320, 180, {}).view());
  CHECK(nothing.right == 0);
  const Canvas much = draw_card(64, 32, std::vector<std::string>(16, std::string(100, 'x')));
  CHECK(drawn(much.view()).right <= 64);
}

TEST_CASE("a card stands still: one new picture, and no damage after the first grab") {
  CardSource source(320, 180, {"Input only"});
  CHECK(source.poll().value().picture);
  const Shown first = grab(source);
  CHECK(first.damage.is_everything());
  CHECK_FALSE(source.poll().value().picture);
  const Shown second = grab(source);
  CHECK(second.damage.empty());
  CHECK(second.view.row(0) == first.view.row(0));
}

TEST_CASE("every printable letter has a picture of its own") {
  for (int one = '!'; one <= '~'; ++one) {
    CAPTURE(static_cast<char>(one));
    CHECK(glyph(static_cast<char>(one)) != glyph(' '));
    for (int other = one + 1; other <= '~'; ++other) {
      CHECK(glyph(static_cast<char>(one)) != glyph(static_cast<char>(other)));
    }
  }
  CHECK(glyph('\n') == glyph(' '));
  CHECK(glyph('\x7f') == glyph(' '));
}
