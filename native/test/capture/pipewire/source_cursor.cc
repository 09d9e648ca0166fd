// The cursor that a producer tells of beside its pictures.

#include <doctest/doctest.h>

#include "capture/pipewire/opened_screen.h"

using namespace earthshine;
using namespace earthshine::test;

namespace {

/// A cursor of this colour, opaque in its left half and half transparent in its right.
CursorImage cursor(int width, int height, std::uint32_t color, int hot_x, int hot_y) {
  CursorImage image{width, height, hot_x, hot_y, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const bool opaque = x < width / 2;
      image.pixels.push_back(opaque ? 0xFF000000 | color : 0x80000000 | (color >> 1 & 0x7F7F7F));
    }
  }
  return image;
}

}  // namespace

TEST_CASE("a cursor that is told of is drawn once, at its hotspot, with its alpha") {
  const Session session;
  ScreenProducer producer;
  producer.fill({0, 0, 320, 200}, 0x404040);
  const auto source = open(producer, options_for(producer),
                           {.pointer = {{100, 50, cursor(16, 8, 0xFF0000, 3, 2)}}});
  const Shown first = settle(*source);
  CHECK(first.view.patch.area == Rectangle{97, 48, 16, 8});
  CHECK(pixel(first.view, 97, 48) == 0xFF0000);
  CHECK(pixel(first.view, 104, 55) == 0xFF0000);
  CHECK(pixel(first.view, 105, 48) == 0x9F2020);
  CHECK(pixel(first.view, 96, 48) == 0x404040);
  CHECK(pixel(first.view, 113, 48) == 0x404040);

  // Moved alone: the same picture, and both places are damaged.
  REQUIRE(producer.send({.corrupted = true, .size = 0, .pointer = {{200, 150, {}}}}));
  CHECK(wait_for_change(*source).picture);
  const Shown moved = grab(*source);
  CHECK(pixel(moved.view, 97, 48) == 0x404040);
  CHECK(pixel(moved.view, 197, 148) == 0xFF0000);
  CHECK_FALSE(moved.damage.is_everything());
  CHECK(covers(moved.damage, {97, 48, 16, 8}));
  CHECK(covers(moved.damage, {197, 148, 16, 8}));

  // Told of again at the same place: no news.
  REQUIRE(producer.send({.corrupted = true, .size = 0, .pointer = {{200, 150, {}}}}));
  CHECK_FALSE(wait_for_change(*source, 200).picture);

  // The picture changes below it.
  producer.fill({0, 100, 320, 100}, 0x0000FF);
  REQUIRE(producer.send({.damage = {{0, 100, 320, 100}}, .pointer = {{200, 150, {}}}}));
  CHECK(wait_for_change(*source).picture);
  const Shown below = grab(*source);
  CHECK(pixel(below.view, 197, 148) == 0xFF0000);
  CHECK(pixel(below.view, 205, 148) == 0x7F007F);
  CHECK(pixel(below.view, 150, 150) == 0x0000FF);

  // Another image, one over the edge, a huge one, none.
  REQUIRE(
      producer.send({.corrupted = true, .pointer = {{319, 0, cursor(10, 10, 0x00FF00, 0, 5)}}}));
  CHECK(wait_for_change(*source).picture);
  const Shown edge = grab(*source);
  CHECK(edge.view.patch.area == Rectangle{319, 0, 1, 5});
  CHECK(pixel(edge.view, 319, 4) == 0x00FF00);
  REQUIRE(producer.send(
      {.corrupted = true, .pointer = {{128, 128, cursor(256, 256, 0x00FFFF, 128, 128)}}}));
  CHECK(wait_for_change(*source).picture);
  const Shown huge = grab(*source);
  CHECK(huge.view.patch.area == Rectangle{0, 0, 256, 200});
  CHECK(pixel(huge.view, 5, 199) == 0x00FFFF);
  REQUIRE(producer.send({.corrupted = true, .pointer = {{9, 9, CursorImage{}}}}));
  CHECK(wait_for_change(*source).picture);
  CHECK(grab(*source).view.patch.area.empty());
  REQUIRE(producer.send({.corrupted = true, .pointer = {{9, 9, cursor(4, 4, 0x00FFFF, 0, 0)}}}));
  CHECK(wait_for_change(*source).picture);
  CHECK_FALSE(grab(*source).view.patch.area.empty());
  // It left the screen.
  REQUIRE(producer.send({.corrupted = true}));
  CHECK(wait_for_change(*source).picture);
  const Shown gone = grab(*source);
  CHECK(gone.view.patch.area.empty());
  CHECK(covers(gone.damage, {9, 9, 4, 4}));
}

TEST_CASE("a cursor that is hidden or drawn by the producer is not drawn again") {
  const Session session;
  for (const auto how : {PipewireCursor::kHidden, PipewireCursor::kEmbedded}) {
    ScreenProducer producer;
    auto options = options_for(producer);
    options.cursor = how;
    const auto source =
        open(producer, options, {.pointer = {{100, 50, cursor(16, 8, 0xFF0000, 3, 2)}}});
    CHECK(grab(*source).view.patch.area.empty());
  }
}

TEST_CASE("a cursor is drawn in the picture's own order of colours") {
  const Session session;
  ScreenProducer producer({.format = SPA_VIDEO_FORMAT_RGBx});
  const auto source =
      open(producer, options_for(producer), {.pointer = {{10, 10, cursor(4, 4, 0x123456, 0, 0)}}});
  CHECK(pixel(grab(*source).view, 10, 10) == 0x123456);
}
