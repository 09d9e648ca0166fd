#include "pipeline/shared_encodes.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>

#include "pipeline/picture_fixture.h"

using namespace earthshine;
using namespace earthshine::test;

TEST_CASE("two viewers of one mode share an encode; one with another bitrate gets its own") {
  TwoReceivers watching;
  auto& [events, one, two, page, picture] = watching;
  join(*picture, viewer_options(1, page), one.endpoint());
  until_idr(one);
  join(*picture, viewer_options(2, page), two.endpoint());
  const auto frames = two.frames(10'000, 10);
  REQUIRE(frames.size() == 10);
  CHECK(frames[0].frame == 1);
  CHECK(frames[0].type == 2);
  for (const auto& figures : picture->take_statistics()) {
    CHECK(figures.encode_viewers == 2);
    CHECK(figures.bitrate_kbps == 4000);
  }
  // The first one's frames have no gap, and one more IDR: that with which the other joined.
  auto kept = one.frames(300);
  CHECK(idrs(kept) == 1);
  for (std::size_t i = 1; i < kept.size(); ++i) CHECK(kept[i].frame == kept[i - 1].frame + 1);

  picture->set_bitrate(2, 2000);
  const auto moved = until_idr(two, 300);
  CHECK(moved[0].frame == frames.back().frame + 1);
  for (std::size_t i = 1; i < moved.size(); ++i) CHECK(moved[i].frame == moved[i - 1].frame + 1);
  CHECK(idrs(moved) == 1);
  CHECK(idrs(one.frames(200)) == 0);
  for (const auto& figures : picture->take_statistics()) {
    CHECK(figures.encode_viewers == 1);
    CHECK(figures.bitrate_kbps == (figures.viewer == 1 ? 4000 : 2000));
  }
  // The bitrate of one who is alone changes without an IDR.
  picture->set_bitrate(2, 3000);
  CHECK(idrs(two.frames(300)) == 0);
  CHECK(picture->take_statistics()[1].bitrate_kbps == 3000);
}

TEST_CASE("viewers whose bitrate changes together stay together") {
  TwoReceivers watching;
  auto& [events, one, two, page, picture] = watching;
  join(*picture, viewer_options(1, page), one.endpoint());
  join(*picture, viewer_options(2, page), two.endpoint());
  until_idr(two);
  one.frames(200);
  picture->set_bitrate(1, 3000);
  picture->set_bitrate(2, 3000);
  CHECK(idrs(one.frames(700)) == 0);
  for (const auto& figures : picture->take_statistics()) {
    CHECK(figures.encode_viewers == 2);
    CHECK(figures.bitrate_kbps == 3000);
  }
}

TEST_CASE("one who asks for keyframes all the time leaves the others in peace") {
  TwoReceivers watching;
  auto& [events, one, two, page, picture] = watching;
  join(*picture, viewer_options(1, page), one.endpoint());
  join(*picture, viewer_options(2, page), two.endpoint());
  until_idr(two);
  const auto apart = [&] {
    const auto figures = picture->take_statistics();
    return std::all_of(figures.begin(), figures.end(),
                       [](const auto& each) { return each.encode_viewers == 1; });
  };
  for (int i = 0; i < 6; ++i) {
    picture->request_keyframe(2, 0);
    until_idr(two);
  }
  for (int tries = 0; !apart(); ++tries) {
    REQUIRE(tries < 100);
    usleep(100'000);
  }
  one.frames(200);
  two.frames(100);
  for (int i = 0; i < 4; ++i) {
    picture->request_keyframe(2, 0);
    until_idr(two);
  }
  CHECK(idrs(one.frames(200)) == 0);
}
