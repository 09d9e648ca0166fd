// A patch, and another order of colours, give the bytes of a picture that is so by itself.

#include <doctest/doctest.h>

#include <cstring>
#include <random>
#include <utility>

#include "convert/noise_picture.h"
#include "convert/picture_converter.h"

using namespace earthshine;
using namespace earthshine::test;

TEST_CASE("a patch is converted and scaled as if it were drawn into the picture") {
  struct Sizes {
    int source_width, source_height, width, height;
  };
  constexpr Sizes kSizes[] = {{200, 120, 200, 120},
                              {192, 108, 128, 72},
                              {330, 190, 64, 36},
                              {90, 50, 160, 90},
                              {161, 91, 120, 68}};
  std::mt19937 random(5);
  const auto below = [&](int end) { return static_cast<int>(random() % end); };
  for (const RowKernels* kernels : row_kernel_sets()) {
    for (const Sizes& sizes : kSizes) {
      for (const YuvFormat& format : {kFormats[0], kFormats[7]}) {
        const Pixels source = noise(sizes.source_width, sizes.source_height, 3);
        PictureConverter converter(*kernels), oracle(*kernels);
        YuvPicture patched(sizes.width, sizes.height, format);
        YuvPicture drawn(sizes.width, sizes.height, format);
        ChangeMap changes;
        Rectangle before;
        for (int round = 0; round < 20; ++round) {
          const int x = below(sizes.source_width), y = below(sizes.source_height);
          const Rectangle area{x, y, 1 + below(sizes.source_width - x),
                               1 + below(sizes.source_height - y)};
          const Pixels patch = noise(area.width, area.height, 100 + round);
          Pixels whole = source;
          for (int row = 0; row < area.height; ++row) {
            std::memcpy(whole.at(area.x, area.y + row), patch.bytes.data() + 4UL * area.width * row,
                        4UL * area.width);
          }
          BgrxView view = source.view();
          view.patch = {patch.bytes.data(), 4L * area.width, area};
          Damage damage;
          damage.add(before);
          damage.add(area);
          converter.convert(view, damage, patched, changes);
          oracle.convert(whole.view(), drawn);
          CHECK(same_samples(patched, drawn));
          before = area;
        }
      }
    }
  }
}

TEST_CASE("red first gives the bytes of blue first") {
  const Pixels blue_first = noise(100, 60, 9);
  Pixels red_first = blue_first;
  for (std::size_t i = 0; i < red_first.bytes.size(); i += 4) {
    std::swap(red_first.bytes[i], red_first.bytes[i + 2]);
  }
  BgrxView view = red_first.view();
  view.order = PixelOrder::kRgbx;
  for (const YuvFormat& format : kFormats) {
    for (const int width : {100, 64}) {
      PictureConverter converter;
      YuvPicture one(width, width * 6 / 10 / 2 * 2, format);
      YuvPicture two(width, width * 6 / 10 / 2 * 2, format);
      converter.convert(blue_first.view(), one);
      converter.convert(view, two);
      CHECK(same_samples(one, two));
    }
  }
}
