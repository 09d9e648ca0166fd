#include "capture/x11_pixels.h"

#include <doctest/doctest.h>

#include <cstring>
#include <vector>

using namespace earthshine;

namespace {

constexpr X11PixelLayout kDepth16{
    .bits_per_pixel = 16, .red = 0xF800, .green = 0x7E0, .blue = 0x1F};
constexpr X11PixelLayout kDepth30{
    .bits_per_pixel = 32, .red = 0x3FF00000, .green = 0xFFC00, .blue = 0x3FF};

/// One pixel, read as part of a row whose other pixels are 0.
std::uint32_t read(const X11PixelLayout& layout, std::uint32_t value) {
  constexpr int kWidth = 37, kAt = 31;
  const int bytes = layout.bits_per_pixel / 8;
  std::vector<std::uint8_t> row(layout.row_bytes(kWidth)), target(kWidth * 4, 0xEE);
  for (int i = 0; i < bytes; ++i) {
    const int place = layout.most_significant_byte_first ? bytes - 1 - i : i;
    row[static_cast<std::size_t>(kAt * bytes + place)] = static_cast<std::uint8_t>(value >> 8 * i);
  }
  X11PixelReader(layout).read_row(row.data(), kWidth, target.data());
  for (int x = 0; x < kWidth; ++x) {
    std::uint32_t pixel = 0;
    std::memcpy(&pixel, target.data() + 4 * x, sizeof pixel);
    if (x != kAt) CHECK(pixel == 0);
  }
  std::uint32_t pixel = 0;
  std::memcpy(&pixel, target.data() + 4 * kAt, sizeof pixel);
  return pixel;
}

X11PixelLayout swapped(X11PixelLayout layout) {
  layout.most_significant_byte_first = true;
  return layout;
}

}  // namespace

TEST_CASE("pixels of every layout become BGRx, black stays black and white white") {
  CHECK(read({}, 0x123456) == 0x123456);
  CHECK(read(swapped({}), 0x123456) == 0x123456);
  const X11PixelLayout packed{.bits_per_pixel = 24};
  CHECK(read(packed, 0x123456) == 0x123456);
  CHECK(read(swapped(packed), 0x123456) == 0x123456);
  const X11PixelLayout rgbx{.red = 0xFF, .green = 0xFF00, .blue = 0xFF0000};
  CHECK(read(rgbx, 0x563412) == 0x123456);
  const X11PixelLayout tiny{.bits_per_pixel = 8, .red = 0xE0, .green = 0x1C, .blue = 0x3};
  CHECK(read(tiny, 0xFF) == 0xFFFFFF);
  CHECK(read(tiny, 0x40) == 0x490000);

  for (const X11PixelLayout& layout : {kDepth16, swapped(kDepth16)}) {
    CHECK(read(layout, 0) == 0);
    CHECK(read(layout, 0xFFFF) == 0xFFFFFF);
    CHECK(read(layout, 18U << 11 | 33U << 5 | 9U) == 0x94864A);
  }
  for (const X11PixelLayout& layout : {kDepth30, swapped(kDepth30)}) {
    CHECK(read(layout, 0) == 0);
    CHECK(read(layout, 0x3FFFFFFF) == 0xFFFFFF);
    CHECK(read(layout, 0x123U << 20 | 0x2AAU << 10 | 0x3FFU) == 0x48AAFF);
    // The bits above the colours mean nothing.
    CHECK(read(layout, 0xC0000000) == 0);
  }
}

TEST_CASE("a row's bytes are rounded up to the server's padding") {
  CHECK(kDepth16.row_bytes(37) == 76);
  CHECK(X11PixelLayout{.bits_per_pixel = 24}.row_bytes(37) == 112);
  CHECK(X11PixelLayout{}.row_bytes(37) == 148);
  CHECK(X11PixelLayout{.bits_per_pixel = 8, .scanline_pad = 8}.row_bytes(37) == 37);
}
