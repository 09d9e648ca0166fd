#include "convert/picture_converter.h"

#include <algorithm>
#include <atomic>

#include "convert/patched_rows.h"

namespace earthshine {
namespace {

/// Pixels that are converted together.
constexpr int kColumns = 32;

/// From here on a picture is shared out, and an area of it from a quarter of that on.
constexpr std::int64_t kPixelsToShare = 2560LL * 1440;

/// Even, so that no piece has half a chroma row.
constexpr int kRowsOfPiece = 32;

/// A helper whose core is taken by something else makes the picture late instead of early: on two
/// busy cores the median time grew sixfold. So it takes a machine with cores to spare.
int threads_that_pay(const BgrxView& source, const Placement& place) {
  const std::int64_t pixels = std::max(static_cast<std::int64_t>(source.width) * source.height,
                                       static_cast<std::int64_t>(place.width) * place.height);
  if (pixels < kPixelsToShare) return 1;
  return std::clamp(static_cast<int>(std::thread::hardware_concurrency()) / 4, 1, 4);
}

/// Numbers contents for all converters, so that no picture is taken for another converter's.
std::atomic<std::uint64_t> next_content{1};

/// Room for a scaled row, whose last group of columns is whole.
std::size_t row_words(int width) {
  return 4 * ((static_cast<std::size_t>(width) + 7) / 8 * 8);
}

}  // namespace

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

bool PictureConverter::prepare(const BgrxView& source, const YuvPicture& target) {
  const Geometry geometry{source.width,    source.height,   target.width(),
                          target.height(), target.format(), source.order};
  if (geometry == geometry_) return true;
  geometry_ = geometry;
  place_ = placement(source.width, source.height, target.width(), target.height());
  matrix_ = color_matrix(geometry.format.color_space, geometry.format.full_range, source.order,
                         geometry.format.bit_depth);
  steps_ = {};
  const int threads = threads_ > 0 ? threads_ : threads_that_pay(source, place_);
  if (!pool_ || pool_->threads() != threads) pool_ = std::make_unique<PiecePool>(threads);
  scratch_.resize(static_cast<std::size_t>(threads));
  scaled_ = place_.width != source.width || place_.height != source.height;
  if (!scaled_) return false;
  vertical_ = vertical_taps(source.height, place_.height);
  horizontal_ = horizontal_taps(source.width, place_.width);
  for (Scratch& scratch : scratch_) {
    // The taps of the last columns reach behind the row, with weights of zero.
    scratch.sums.assign(4 * (static_cast<std::size_t>(source.width) + 2 * horizontal_.pairs), 0);
    scratch.rows.assign(2 * row_words(place_.width), 0);
  }
  return false;
}

void PictureConverter::remember(std::uint64_t content, const Damage& damage) {
  newest_ = (newest_ + 1) % kSteps;
  steps_[newest_] = {content, damage};
}

Damage PictureConverter::damage_since(std::uint64_t content) const {
  Damage damage;
  for (std::size_t back = 0; back < kSteps; ++back) {
    const Step& step = steps_[(newest_ + kSteps - back) % kSteps];
    if (step.content == content && content != 0) return damage;
    damage.add(step.damage);
  }
  return Damage::everything();
}

Rectangle PictureConverter::influence(const Rectangle& area) const {
  const Rectangle inside =
      intersection(area, {0, 0, geometry_.source_width, geometry_.source_height});
  if (inside.empty()) return {};
  int left = inside.x, right = inside.right(), top = inside.y, bottom = inside.bottom();
  if (scaled_) {
    // Ranges begin and end in order, so those that meet the area are neighbours.
    const auto meets = [](const std::vector<TapRange>& ranges, int& from, int& to) {
      const auto first = std::partition_point(ranges.begin(), ranges.end(),
                                              [&](const TapRange& r) { return r.end() <= from; });
      const auto last = std::partition_point(first, ranges.end(),
                                             [&](const TapRange& r) { return r.start < to; });
      from = static_cast<int>(first - ranges.begin());
      to = static_cast<int>(last - ranges.begin());
    };
    meets(horizontal_.ranges, left, right);
    meets(vertical_.ranges, top, bottom);
  }
  left = left / 2 * 2;
  top = top / 2 * 2;
  right = std::min((right + 1) / 2 * 2, place_.width);
  bottom = std::min((bottom + 1) / 2 * 2, place_.height);
  return {left, top, right - left, bottom - top};
}

void PictureConverter::scale_row(const BgrxView& source, int y, int left, int right,
                                 Scratch& scratch, std::uint16_t* target) const {
  const TapRange& rows = vertical_.ranges[y];
  const int from = horizontal_.ranges[left].start;
  const int to = horizontal_.ranges[right - 1].end();
  const SourceRows taps =
      patched_rows(source, {from, rows.start, to - from, rows.count}, scratch.patched);
  kernels_.accumulate(scratch.sums.data() + 4 * static_cast<std::size_t>(from),
                      {taps.first, taps.stride, vertical_.weights.data() + vertical_.offsets[y],
                       rows.count, 4 * (to - from)});
  kernels_.squeeze(target, scratch.sums.data(), horizontal_, left, right);
}

void PictureConverter::convert_area(const BgrxView& source, YuvPicture& target,
                                    const Rectangle& area) {
  if (pool_->threads() == 1 || (threads_ == 0 && area.area() < kPixelsToShare / 4)) {
    convert_rows(source, target, area, scratch_.front());
    return;
  }
  const int pieces = (area.height + kRowsOfPiece - 1) / kRowsOfPiece;
  pool_->run(pieces, [&](int piece, int thread) {
    const int top = area.y + piece * kRowsOfPiece;
    convert_rows(source, target,
                 {area.x, top, area.width, std::min(kRowsOfPiece, area.bottom() - top)},
                 scratch_[static_cast<std::size_t>(thread)]);
  });
}

void PictureConverter::convert_rows(const BgrxView& source, YuvPicture& target,
                                    const Rectangle& area, Scratch& scratch) const {
  if (target.sample_bytes() == 1) {
    convert_rows(source, target, area, scratch, kernels_.bytes);
  } else {
    convert_rows(source, target, area, scratch, kernels_.words);
  }
}

template <typename Sample>
void PictureConverter::convert_rows(const BgrxView& source, YuvPicture& target,
                                    const Rectangle& area, Scratch& scratch,
                                    const ConversionKernels<Sample>& kernels) const {
  // Whole vectors: the ends of rows that are none cost more than the pixels beside.
  const int left = area.x / kColumns * kColumns;
  const int right = std::min((area.right() + kColumns - 1) / kColumns * kColumns, place_.width);
  const int width = right - left;
  const bool half = target.format().chroma == Chroma::k420;
  const auto convert_pair = [&](const auto* top, const auto* bottom, int y, int below,
                                auto convert_420, auto convert_444) {
    const auto sample = [&](int plane, int row, int column) {
      // SAFETY: a row begins on 64 bytes, and its samples are of the format's depth.
      return reinterpret_cast<Sample*>(target.plane(plane).row(row)) + column;
    };
    const auto at = [&](int plane, int row) {
      return sample(plane, place_.y + row, place_.x + left);
    };
    if (half) {
      const auto chroma = [&](int plane) {
        return sample(plane, (place_.y + y) / 2, (place_.x + left) / 2);
      };
      convert_420({top, bottom, at(0, y), at(0, below), chroma(1), chroma(2), width}, matrix_);
      return;
    }
    convert_444({top, at(0, y), at(1, y), at(2, y), width}, matrix_);
    if (below != y) convert_444({bottom, at(0, below), at(1, below), at(2, below), width}, matrix_);
  };
  for (int y = area.y; y < area.bottom(); y += 2) {
    const int below = std::min(y + 1, place_.height - 1);
    if (scaled_) {
      std::uint16_t* top = scratch.rows.data();
      std::uint16_t* bottom = top + row_words(place_.width);
      scale_row(source, y, left, right, scratch, top);
      scale_row(source, below, left, right, scratch, bottom);
      convert_pair(top, bottom, y, below, kernels.convert_scaled_420, kernels.convert_scaled_444);
    } else {
      const SourceRows rows =
          patched_rows(source, {left, y, width, below - y + 1}, scratch.patched);
      convert_pair(rows.first, rows.first + (below - y) * rows.stride, y, below,
                   kernels.convert_420, kernels.convert_444);
    }
  }
}

void PictureConverter::convert(const BgrxView& source, const Damage& damage, YuvPicture& target,
                               ChangeMap& changes) {
  const bool same_sizes = prepare(source, target);
  if (changes.columns() != (target.width() + 15) / 16 ||
      changes.rows() != (target.height() + 15) / 16) {
    changes = ChangeMap(target.width(), target.height());
  }
  if (!same_sizes || damage.is_everything()) {
    changes.mark_all_changed();
  } else {
    changes.mark_all_unchanged();
    for (const Rectangle& area : damage.rectangles()) {
      const Rectangle touched = influence(area);
      changes.mark_changed(place_.x + touched.x, place_.y + touched.y, touched.width,
                           touched.height);
    }
  }

  target.clear_around(place_);
  const std::uint64_t content = next_content.fetch_add(1, std::memory_order_relaxed);
  remember(content, same_sizes ? damage : Damage::everything());
  const Damage old = damage_since(target.content);
  // Until it is whole, it is nobody's.
  target.content = 0;
  if (old.is_everything()) {
    convert_area(source, target, {0, 0, place_.width, place_.height});
  } else {
    for (const Rectangle& area : old.rectangles()) {
      const Rectangle touched = influence(area);
      if (!touched.empty()) convert_area(source, target, touched);
    }
  }
  target.content = content;
}

void PictureConverter::convert(const BgrxView& source, YuvPicture& target) {
  prepare(source, target);
  target.clear_around(place_);
  target.content = next_content.fetch_add(1, std::memory_order_relaxed);
  remember(target.content, Damage::everything());
  convert_area(source, target, {0, 0, place_.width, place_.height});
}

}  // namespace earthshine
