// A producer may write anything anywhere: nothing outside of what was mapped may be read. The
// sanitized build sees a read behind the allocations here.

#include "capture/pipewire/frame.h"

#include <doctest/doctest.h>
#include <spa/param/video/raw.h>

#include <cstring>
#include <limits>
#include <memory>
#include <random>
#include <vector>

using namespace earthshine;

namespace {

/// Bytes in an allocation of exactly their size.
struct Exact {
  explicit Exact(std::size_t size) : memory(new std::uint8_t[size]()), size(size) {}
  [[nodiscard]] SharedBytes bytes() const { return {memory.get(), size}; }
  std::unique_ptr<std::uint8_t[]> memory;
  std::size_t size;
};

/// A number that tends to the ends of what is allowed.
std::uint32_t nasty(std::mt19937& random) {
  switch (random() % 6) {
    case 0:
      return 0;
    case 1:
      return std::numeric_limits<std::uint32_t>::max() - random() % 4;
    case 2:
      return 0x7FFFFFFF + random() % 3;
    case 3:
      return random();
    default:
      return random() % 400;
  }
}

}  // namespace

TEST_CASE("whatever a chunk tells, the picture lies in the memory") {
  std::mt19937 random(7);
  int pictures = 0;
  for (int round = 0; round < 200'000; ++round) {
    const Exact memory(random() % 3'000);
    const PipewireFormat format{.width = static_cast<int>(random() % 40),
                                .height = static_cast<int>(random() % 40),
                                .order = PixelOrder::kBgrx,
                                .skip = static_cast<int>(random() % 2)};
    spa_chunk told{};
    told.offset = nasty(random);
    told.size = nasty(random);
    told.stride = static_cast<std::int32_t>(nasty(random));
    told.flags = static_cast<std::int32_t>(random() % 4);
    const auto picture = picture_in(memory.bytes(), told, format);
    if (!picture) continue;
    ++pictures;
    // One byte behind is readable in a mapping, where the first byte is skipped.
    const std::uint8_t* end = picture->row(format.height - 1) + 4L * format.width;
    REQUIRE(picture->pixels >= memory.memory.get());
    REQUIRE(end <= memory.memory.get() + memory.size + format.skip);
    REQUIRE(picture->stride >= 4L * format.width);
  }
  CHECK(pictures > 1'000);
}

TEST_CASE("whatever a cursor tells, only its own memory is read") {
  std::mt19937 random(11);
  int images = 0;
  for (int round = 0; round < 200'000; ++round) {
    const Exact memory(random() % 2'000);
    spa_meta_cursor cursor{};
    cursor.id = random() % 4 == 0 ? 0 : 1;
    cursor.position = {static_cast<std::int32_t>(nasty(random)),
                       static_cast<std::int32_t>(nasty(random))};
    cursor.hotspot = {static_cast<std::int32_t>(nasty(random)),
                      static_cast<std::int32_t>(nasty(random))};
    cursor.bitmap_offset = random() % 2 == 0 ? sizeof cursor : nasty(random);
    spa_meta_bitmap bitmap{};
    bitmap.format = random() % 2 == 0 ? SPA_VIDEO_FORMAT_BGRA : nasty(random);
    bitmap.size = {nasty(random) % (random() % 2 == 0 ? 20 : 0xFFFFFFFF), nasty(random)};
    if (random() % 2 == 0) bitmap.size.height %= 20;
    bitmap.stride = random() % 2 == 0 ? static_cast<std::int32_t>(4 * bitmap.size.width)
                                      : static_cast<std::int32_t>(nasty(random));
    bitmap.offset = random() % 2 == 0 ? sizeof bitmap : nasty(random);
    const auto put = [&](std::size_t at, const void* from, std::size_t size) {
      if (at + size <= memory.size) std::memcpy(memory.memory.get() + at, from, size);
    };
    put(0, &cursor, sizeof cursor);
    put(cursor.bitmap_offset, &bitmap, sizeof bitmap);
    const auto news = cursor_in(memory.bytes());
    if (!news || !news->image) continue;
    images += news->image->pixels.empty() ? 0 : 1;
    REQUIRE(news->image->pixels.size() ==
            static_cast<std::size_t>(news->image->width) * news->image->height);
  }
  CHECK(images > 1'000);
}

TEST_CASE("whatever damage and crops tell lies inside the picture") {
  std::mt19937 random(13);
  for (int round = 0; round < 100'000; ++round) {
    const Exact memory(random() % 100);
    for (std::size_t at = 0; at + 4 <= memory.size; at += 4) {
      const std::uint32_t value = nasty(random);
      std::memcpy(memory.memory.get() + at, &value, 4);
    }
    const Rectangle whole{0, 0, 300, 200};
    const Damage damage = damage_in(memory.bytes(), whole.width, whole.height);
    if (!damage.is_everything()) {
      for (const Rectangle& area : damage.rectangles()) REQUIRE(whole.contains(area));
    }
    const Rectangle crop = crop_in(memory.bytes(), whole.width, whole.height);
    REQUIRE(whole.contains(crop));
    REQUIRE_FALSE(crop.empty());
    header_in(memory.bytes(), 1);
  }
}

TEST_CASE("no damage told is everything, and a cursor may be hidden in two ways") {
  CHECK(damage_in({}, 10, 10).is_everything());
  const Exact nothing(2 * sizeof(spa_meta_region));
  CHECK(damage_in(nothing.bytes(), 10, 10).is_everything());
  CHECK_FALSE(cursor_in({}).has_value());
  const Exact hidden(sizeof(spa_meta_cursor));
  const auto news = cursor_in(hidden.bytes());
  REQUIRE(news.has_value());
  CHECK_FALSE(news->visible);
  CHECK_FALSE(news->image.has_value());
}
