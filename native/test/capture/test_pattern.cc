#include "capture/test_pattern.h"

#include <doctest/doctest.h>

#include <cstring>
#include <random>

#include "convert/picture_converter.h"
#include "support/grabbed_view.h"

using namespace earthshine;
using earthshine::test::view_of;

namespace {

std::optional<PatternStamp> read(const YuvPicture& picture) {
  return read_strip(picture.plane(0).data, picture.plane(0).stride, picture.width(),
                    picture.height());
}

}  // namespace

TEST_CASE("the strip is read back at any mode, range and after scaling") {
  std::mt19937_64 random(1);
  for (const auto& [width, height] :
       {std::pair{1280, 720}, {1920, 1080}, {640, 360}, {1366, 768}, {320, 180}, {2560, 1600}}) {
    CAPTURE(width);
    TestPattern pattern(width, height);
    for (const bool full : {false, true}) {
      const PatternStamp stamp{static_cast<std::uint32_t>(random()), random()};
      const BgrxView view = pattern.draw(stamp, 0);
      YuvPicture same(width, height, {Chroma::k420, ColorSpace::kBt709, full});
      PictureConverter().convert(view, same);
      CHECK(read(same) == stamp);
      const int smaller = height * 2 / 3 / 2 * 2;
      YuvPicture scaled(width * 2 / 3 / 2 * 2, smaller, {Chroma::k420, ColorSpace::kBt601, full});
      PictureConverter().convert(view, scaled);
      if (scaled.width() == placement(width, height, scaled.width(), scaled.height()).width) {
        CHECK(read(scaled) == stamp);
      }
    }
  }
}

TEST_CASE("a strip that is not there, has no contrast or a wrong bit is refused") {
  TestPattern pattern(640, 360);
  YuvPicture picture(640, 360, {});
  PictureConverter().convert(pattern.draw({77, 123456789}, 0), picture);
  REQUIRE(read(picture) == PatternStamp{77, 123456789});

  const StripCell cell = strip_cell(31, 3, 640, 360);
  for (int y = cell.top; y < cell.bottom; ++y) {
    auto* row = picture.plane(0).row(y);
    for (int x = cell.left; x < cell.right; ++x) row[x] = static_cast<std::uint8_t>(251 - row[x]);
  }
  CHECK_FALSE(read(picture).has_value());

  std::memset(picture.plane(0).data, 128, static_cast<std::size_t>(picture.plane(0).stride) * 360);
  CHECK_FALSE(read(picture).has_value());
  CHECK_FALSE(read_strip(picture.plane(0).data, 64, 32, 20).has_value());
}

TEST_CASE("the strip's bits are as documented") {
  const StripBits bits = strip_bits({0x01020304, 0x1122334455667788});
  CHECK((bits.rows[0] >> 16) == 0xA5C3);
  CHECK(bits.rows[1] == 0x01020304);
  CHECK(bits.rows[2] == 0x11223344);
  CHECK(bits.rows[3] == 0x55667788);
  // CRC-16/CCITT-FALSE over 01020304 1122334455667788, from an independent implementation.
  CHECK((bits.rows[0] & 0xFFFF) == 0x6694);
}

TEST_CASE("the pattern moves, and leaves nothing behind") {
  TestPattern one(640, 360);
  TestPattern two(640, 360);
  for (std::uint32_t i = 0; i < 50; ++i) (void)one.draw({i, i * 16'667ULL}, i);
  const BgrxView a = one.draw({51, 5'000'000}, 9);
  const BgrxView b = two.draw({51, 5'000'000}, 9);
  CHECK(std::memcmp(a.pixels, b.pixels, 640UL * 360 * 4) == 0);
  const std::vector<std::uint8_t> before(a.pixels, a.pixels + 640UL * 360 * 4);
  const BgrxView c = one.draw({52, 5'016'667}, 26);
  CHECK(std::memcmp(before.data(), c.pixels, before.size()) != 0);
}

TEST_CASE("the source numbers its pictures from 1 with the monotonic clock") {
  TestPatternSource source(640, 360);
  CHECK(source.continuous());
  for (std::uint32_t wanted = 1; wanted <= 3; ++wanted) {
    const auto before = static_cast<std::uint64_t>(now() / 1000);
    auto grabbed = source.grab();
    REQUIRE(grabbed.ok());
    YuvPicture picture(640, 360, {});
    PictureConverter().convert(view_of(grabbed.value()), picture);
    const auto stamp = read(picture);
    REQUIRE(stamp.has_value());
    CHECK(stamp->counter == wanted);
    CHECK(stamp->microseconds >= before);
    CHECK(stamp->microseconds <= static_cast<std::uint64_t>(now() / 1000));
  }
}
