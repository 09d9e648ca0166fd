#include "capture/pipewire/frame.h"

#include <spa/param/video/raw.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "capture/told_time.h"

namespace earthshine {
namespace {

/// A cursor is no larger, and a pointer no further away.
constexpr int kLargestCursor = 1024;
constexpr int kFurthest = 1 << 20;

/// A copy of what stands at `offset`, nothing where it is not wholly inside.
template <typename T>
std::optional<T> copy_at(SharedBytes bytes, std::size_t offset) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) return std::nullopt;
  T copy;
  std::memcpy(&copy, bytes.data() + offset, sizeof copy);
  return copy;
}

Rectangle rectangle(const spa_region& region, int width, int height) {
  const auto clip = [](std::int64_t value, int most) {
    return static_cast<int>(std::clamp<std::int64_t>(value, 0, most));
  };
  const int left = clip(region.position.x, width);
  const int top = clip(region.position.y, height);
  const int right = clip(std::int64_t{region.position.x} + region.size.width, width);
  const int bottom = clip(std::int64_t{region.position.y} + region.size.height, height);
  return {left, top, right - left, bottom - top};
}

/// 0xAARRGGBB of four bytes in memory.
std::uint32_t argb(const std::uint8_t* pixel, std::uint32_t format) {
  const auto join = [&](int alpha, int red, int green, int blue) {
    return static_cast<std::uint32_t>(pixel[alpha]) << 24 |
           static_cast<std::uint32_t>(pixel[red]) << 16 |
           static_cast<std::uint32_t>(pixel[green]) << 8 | pixel[blue];
  };
  switch (format) {
    case SPA_VIDEO_FORMAT_RGBA:
      return join(3, 0, 1, 2);
    case SPA_VIDEO_FORMAT_ARGB:
      return join(0, 1, 2, 3);
    case SPA_VIDEO_FORMAT_ABGR:
      return join(0, 3, 2, 1);
    default:
      return join(3, 2, 1, 0);
  }
}

bool known_cursor_format(std::uint32_t format) {
  return format == SPA_VIDEO_FORMAT_BGRA || format == SPA_VIDEO_FORMAT_RGBA ||
         format == SPA_VIDEO_FORMAT_ARGB || format == SPA_VIDEO_FORMAT_ABGR;
}

/// Nothing where the bitmap does not lie in the memory, an empty image where it has no pixels.
std::optional<CursorImage> image_in(SharedBytes cursor, const spa_meta_cursor& told) {
  const auto bitmap = copy_at<spa_meta_bitmap>(cursor, told.bitmap_offset);
  if (!bitmap || bitmap->format == 0) return std::nullopt;
  if (bitmap->offset == 0 || bitmap->size.width == 0 || bitmap->size.height == 0) {
    return CursorImage{};
  }
  if (!known_cursor_format(bitmap->format) || bitmap->offset < sizeof(spa_meta_bitmap) ||
      bitmap->size.width > kLargestCursor || bitmap->size.height > kLargestCursor) {
    return std::nullopt;
  }
  const std::size_t row = 4 * static_cast<std::size_t>(bitmap->size.width);
  if (bitmap->stride < 0 || static_cast<std::size_t>(bitmap->stride) < row) return std::nullopt;
  const std::size_t first = std::size_t{told.bitmap_offset} + bitmap->offset;
  const std::size_t needed =
      static_cast<std::size_t>(bitmap->stride) * (bitmap->size.height - 1) + row;
  if (first > cursor.size() || cursor.size() - first < needed) return std::nullopt;

  CursorImage image{.width = static_cast<int>(bitmap->size.width),
                    .height = static_cast<int>(bitmap->size.height),
                    .hot_x = std::clamp(told.hotspot.x, -kFurthest, kFurthest),
                    .hot_y = std::clamp(told.hotspot.y, -kFurthest, kFurthest),
                    .pixels = {}};
  image.pixels.reserve(row / 4 * bitmap->size.height);
  for (std::uint32_t y = 0; y < bitmap->size.height; ++y) {
    const std::uint8_t* pixel =
        cursor.data() + first + std::size_t{y} * static_cast<std::size_t>(bitmap->stride);
    for (std::uint32_t x = 0; x < bitmap->size.width; ++x, pixel += 4) {
      image.pixels.push_back(argb(pixel, bitmap->format));
    }
  }
  return image;
}

}  // namespace

std::optional<BgrxView> picture_in(SharedBytes memory, const spa_chunk& told,
                                   const PipewireFormat& format) {
  if (told.size == 0 || (told.flags & SPA_CHUNK_FLAG_CORRUPTED) != 0) return std::nullopt;
  if (memory.empty() || format.width <= 0 || format.height <= 0) return std::nullopt;
  const std::int64_t row = std::int64_t{4} * format.width;
  const std::int64_t stride = told.stride == 0 ? row : told.stride;
  if (stride < row) return std::nullopt;
  const std::size_t offset = told.offset % memory.size();
  const std::int64_t needed = stride * (format.height - 1) + row;
  if (static_cast<std::int64_t>(memory.size() - offset) < needed) return std::nullopt;
  return BgrxView{.pixels = memory.data() + offset + format.skip,
                  .stride = static_cast<std::ptrdiff_t>(stride),
                  .width = format.width,
                  .height = format.height,
                  .order = format.order,
                  .patch = {}};
}

Damage damage_in(SharedBytes regions, int width, int height) {
  Damage damage;
  bool any = false;
  for (std::size_t offset = 0;; offset += sizeof(spa_meta_region)) {
    const auto region = copy_at<spa_meta_region>(regions, offset);
    if (!region || !spa_meta_region_is_valid(&*region)) break;
    any = true;
    damage.add(rectangle(region->region, width, height));
  }
  if (!any) damage.add_everything();
  return damage;
}

Rectangle crop_in(SharedBytes region, int width, int height) {
  const auto crop = copy_at<spa_meta_region>(region, 0);
  const Rectangle part = crop ? rectangle(crop->region, width, height) : Rectangle{};
  return part.empty() ? Rectangle{0, 0, width, height} : part;
}

BgrxView part_of(const BgrxView& picture, const Rectangle& part) {
  BgrxView view = picture;
  view.pixels = picture.row(part.y) + 4 * static_cast<std::ptrdiff_t>(part.x);
  view.width = part.width;
  view.height = part.height;
  return view;
}

Damage damage_of_part(const Damage& damage, const Rectangle& part) {
  if (damage.is_everything()) return damage;
  Damage result;
  for (const Rectangle& area : damage.rectangles()) {
    const Rectangle inside = intersection(area, part);
    result.add({inside.x - part.x, inside.y - part.y, inside.width, inside.height});
  }
  return result;
}

FrameHeader header_in(SharedBytes header, Nanoseconds arrived) {
  FrameHeader result{.time = arrived};
  const auto told = copy_at<spa_meta_header>(header, 0);
  if (!told) return result;
  result.corrupted = (told->flags & SPA_META_HEADER_FLAG_CORRUPTED) != 0;
  result.sequence = told->seq;
  result.time = told_time(told->pts, arrived);
  return result;
}

std::optional<CursorNews> cursor_in(SharedBytes cursor) {
  const auto told = copy_at<spa_meta_cursor>(cursor, 0);
  if (!told) return std::nullopt;
  CursorNews news;
  if (!spa_meta_cursor_is_valid(&*told)) return news;
  news.visible = true;
  news.x = std::clamp(told->position.x, -kFurthest, kFurthest);
  news.y = std::clamp(told->position.y, -kFurthest, kFurthest);
  if (told->bitmap_offset >= sizeof(spa_meta_cursor)) news.image = image_in(cursor, *told);
  return news;
}

}  // namespace earthshine
