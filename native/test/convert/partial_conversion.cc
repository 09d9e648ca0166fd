// A conversion of what changed must give the bytes of a whole one, and never call a macroblock
// unchanged that is not.

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "convert/noise_picture.h"
#include "convert/picture_converter.h"

using namespace earthshine;
using namespace earthshine::test;

namespace {

bool same_block(const YuvPicture& one, const YuvPicture& two, int column, int row) {
  for (int plane = 0; plane < 3; ++plane) {
    const auto& first = one.plane(plane);
    const bool half = plane > 0 && one.format().chroma == Chroma::k420;
    const int side = half ? 8 : 16;
    const int left = column * side * one.sample_bytes();
    const int right = std::min(column * side + side, first.width) * one.sample_bytes();
    for (int y = row * side; y < std::min(row * side + side, first.height); ++y) {
      if (!std::equal(first.row(y) + left, first.row(y) + right, two.plane(plane).row(y) + left)) {
        return false;
      }
    }
  }
  return true;
}

/// Whether every block that differs is called changed.
bool honest(const ChangeMap& changes, const YuvPicture& before, const YuvPicture& after) {
  for (int row = 0; row < changes.rows(); ++row) {
    for (int column = 0; column < changes.columns(); ++column) {
      const bool unchanged =
          changes.unchanged()[static_cast<std::size_t>(row) * changes.columns() + column] != 0;
      if (unchanged && !same_block(before, after, column, row)) return false;
    }
  }
  return true;
}

struct Sizes {
  int source_width, source_height, width, height;
};

}  // namespace

TEST_CASE("converting what changed gives the bytes of a whole conversion") {
  // The same size, shrunk, shrunk a lot, grown, letterboxed, pillarboxed, odd.
  constexpr Sizes kSizes[] = {{200, 120, 200, 120}, {192, 108, 128, 72}, {330, 190, 64, 36},
                              {90, 50, 160, 90},    {256, 80, 160, 90},  {80, 80, 160, 90},
                              {161, 91, 120, 68},   {33, 21, 33, 21},    {101, 57, 64, 64}};
  std::mt19937 random(23);
  const auto below = [&](int end) { return static_cast<int>(random() % end); };
  for (const RowKernels* kernels : row_kernel_sets()) {
    CAPTURE(std::string(kernels->name));
    for (const Sizes& sizes : kSizes) {
      CAPTURE(sizes.source_width);
      CAPTURE(sizes.width);
      for (const YuvFormat& format : {kFormats[0], kFormats[7], kFormats[8]}) {
        Pixels source = noise(sizes.source_width, sizes.source_height, 5);
        PictureConverter converter(*kernels);
        PictureConverter oracle(*kernels);
        YuvPicturePool pool(sizes.width, sizes.height, format);
        YuvPicture before(sizes.width, sizes.height, format);
        YuvPicture whole(sizes.width, sizes.height, format);
        ChangeMap changes;
        // Like an encoder that works on some pictures for a while.
        std::vector<std::shared_ptr<YuvPicture>> held;
        bool same = true;
        bool told = true;
        std::size_t unchanged = 0;
        for (int round = 0; round < 60; ++round) {
          Damage damage = round == 0 || below(20) == 0 ? Damage::everything() : Damage{};
          for (int i = below(5); i > 0; --i) {
            const Rectangle area =
                intersection({below(sizes.source_width), below(sizes.source_height), 1 + below(20),
                              1 + below(20)},
                             {0, 0, sizes.source_width, sizes.source_height});
            for (int y = area.y; y < area.bottom(); ++y) {
              for (int x = area.x; x < area.right(); ++x) {
                for (int c = 0; c < 4; ++c)
                  source.at(x, y)[c] = static_cast<std::uint8_t>(random());
              }
            }
            damage.add(area);
          }
          auto target = pool.take();
          converter.convert(source.view(), damage, *target, changes);
          oracle.convert(source.view(), whole);
          same = same && same_samples(*target, whole);
          if (round > 0) told = told && honest(changes, before, *target);
          unchanged += static_cast<std::size_t>(changes.columns()) * changes.rows() -
                       changes.changed_blocks();
          oracle.convert(source.view(), before);
          held.push_back(std::move(target));
          while (!held.empty() && static_cast<int>(held.size()) > below(5)) {
            held.erase(held.begin() + below(static_cast<int>(held.size())));
          }
        }
        CHECK(same);
        CHECK(told);
        CHECK(unchanged > 0);
      }
    }
  }
}

TEST_CASE("another size, or a picture of another converter, is converted whole") {
  const YuvFormat format{};
  const Pixels first = noise(128, 72, 1);
  const Pixels second = noise(128, 72, 2);
  const Pixels larger = noise(192, 108, 3);
  PictureConverter one, two, oracle;
  YuvPicture target(128, 72, format);
  YuvPicture whole(128, 72, format);
  ChangeMap changes;
  one.convert(first.view(), Damage::everything(), target, changes);
  two.convert(second.view(), {}, target, changes);
  oracle.convert(second.view(), whole);
  CHECK(same_samples(target, whole));
  one.convert(first.view(), {}, target, changes);
  oracle.convert(first.view(), whole);
  CHECK(same_samples(target, whole));
  CHECK(changes.changed_blocks() == 0);

  one.convert(larger.view(), {}, target, changes);
  CHECK(changes.changed_blocks() == static_cast<std::size_t>(8 * 5));
  oracle.convert(larger.view(), whole);
  CHECK(same_samples(target, whole));
}

TEST_CASE("a small change is a small change of the picture") {
  const Pixels source = noise(1920, 1080, 1);
  PictureConverter converter;
  YuvPicture target(1280, 720, {});
  ChangeMap changes;
  converter.convert(source.view(), Damage::everything(), target, changes);
  Damage damage;
  damage.add({480, 480, 24, 24});
  converter.convert(source.view(), damage, target, changes);
  CHECK(changes.changed_blocks() == 1);
  converter.convert(source.view(), {}, target, changes);
  CHECK(changes.changed_blocks() == 0);
}

TEST_CASE("the newest picture that is free is taken again") {
  YuvPicturePool pool(64, 64, {});
  pool.warm_up(3);
  PictureConverter converter;
  const Pixels source = noise(64, 64, 1);
  auto older = pool.take();
  converter.convert(source.view(), *older);
  auto newer = pool.take();
  converter.convert(source.view(), *newer);
  const YuvPicture* newest = newer.get();
  older.reset();
  newer.reset();
  CHECK(pool.take().get() == newest);
}
