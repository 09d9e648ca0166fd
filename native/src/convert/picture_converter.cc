#include "convert/picture_converter.h"

#include <algorithm>

namespace earthshine {

Placement placement(int source_width, int source_height, int width, int height) {
  if (source_width == width && source_height == height) return {0, 0, width, height};
  const auto scaled = [](std::int64_t value, std::int64_t by, std::int64_t of) {
    return static_cast<int>((value * by + of / 2) / of);
  };
  Placement place{0, 0, width, height};
  if (static_cast<std::int64_t>(source_width) * height >
      static_cast<std::int64_t>(width) * source_height) {
    place.height = scaled(source_height, width, source_width);
  } else {
    place.width = scaled(source_width, height, source_height);
  }
  place.width = std::clamp(place.width / 2 * 2, 2, width);
  place.height = std::clamp(place.height / 2 * 2, 2, height);
  place.x = (width - place.width) / 4 * 2;
  place.y = (height - place.height) / 4 * 2;
  return place;
}

void PictureConverter::prepare(const BgrxView& source, const Placement& place) {
  if (source.width == source_width_ && source.height == source_height_ && place == place_) return;
  source_width_ = source.width;
  source_height_ = source.height;
  place_ = place;
  vertical_ = vertical_taps(source.height, place.height);
  horizontal_ = horizontal_taps(source.width, place.width);
  // One pixel more than the row: an odd count of taps is read as pairs.
  sums_.assign(4 * (static_cast<std::size_t>(source.width) + 1), 0);
  rows_.assign(2 * 4 * static_cast<std::size_t>(place.width), 0);
}

void PictureConverter::scale_row(const BgrxView& source, int y, std::uint8_t* target) {
  const VerticalTap& tap = vertical_.taps[y];
  std::fill(sums_.begin(), sums_.end(), 0);
  for (int i = 0; i < tap.count; ++i) {
    kernels_.accumulate(sums_.data(), source.row(tap.start + i), vertical_.weights[tap.offset + i],
                        4 * source.width);
  }
  kernels_.squeeze(target, sums_.data(), horizontal_.taps.data(), horizontal_.weights.data(),
                   place_.width);
}

void PictureConverter::convert(const BgrxView& source, const Damage& damage, YuvPicture& target,
                               ChangeMap& changes) {
  if (changes.columns() != (target.width() + 15) / 16 ||
      changes.rows() != (target.height() + 15) / 16) {
    changes = ChangeMap(target.width(), target.height());
  }
  changes.mark_all_changed();
  convert(source, target);
}

void PictureConverter::convert(const BgrxView& source, YuvPicture& target) {
  const Placement place = placement(source.width, source.height, target.width(), target.height());
  target.clear_around(place);
  const bool scaled = place.width != source.width || place.height != source.height;
  if (scaled) prepare(source, place);

  const YuvFormat& format = target.format();
  const ColorMatrix matrix = color_matrix(format.color_space, format.full_range);
  const bool half = format.chroma == Chroma::k420;
  for (int y = 0; y < place.height; y += 2) {
    const int below = std::min(y + 1, place.height - 1);
    const std::uint8_t* top = nullptr;
    const std::uint8_t* bottom = nullptr;
    if (scaled) {
      std::uint8_t* scratch = rows_.data();
      scale_row(source, y, scratch);
      scale_row(source, below, scratch + 4 * static_cast<std::size_t>(place.width));
      top = scratch;
      bottom = scratch + 4 * static_cast<std::size_t>(place.width);
    } else {
      top = source.row(y);
      bottom = source.row(below);
    }
    const auto at = [&](int plane, int row) {
      return target.plane(plane).row(place.y + row) + place.x;
    };
    if (half) {
      const auto chroma = [&](int plane) {
        return target.plane(plane).row((place.y + y) / 2) + place.x / 2;
      };
      kernels_.convert_420({top, bottom, at(0, y), at(0, below), chroma(1), chroma(2), place.width},
                           matrix);
    } else {
      kernels_.convert_444({top, at(0, y), at(1, y), at(2, y), place.width}, matrix);
      if (below != y) {
        kernels_.convert_444({bottom, at(0, below), at(1, below), at(2, below), place.width},
                             matrix);
      }
    }
  }
}

}  // namespace earthshine
