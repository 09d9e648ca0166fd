#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "convert/bgrx_view.h"
#include "convert/change_map.h"
#include "convert/damage.h"
#include "convert/piece_pool.h"
#include "convert/row_kernels.h"
#include "convert/scale_taps.h"
#include "convert/yuv_picture.h"

namespace earthshine {

/// The largest rectangle of the source's aspect in the middle of the mode; even in every number, so
/// that chroma samples do not straddle its edge.
Placement placement(int source_width, int source_height, int width, int height);

/// Converts a source's pixels into a picture of the mode: colours, and where the sizes differ
/// scaling with the aspect kept. One thread at a time; one converter for the pictures that one
/// source makes in one format, because it remembers what changed from each to the next.
///
/// Large areas are shared out among several threads where there are cores to spare. A small
/// picture gains nothing: 1080p takes one thread about 0.6 ms.
class PictureConverter {
 public:
  /// 0 threads: as many as pay here.
  explicit PictureConverter(const RowKernels& kernels = row_kernels(), int threads = 0)
      : kernels_(kernels), threads_(threads) {}

  /// `damage` is what has changed in the source since this converter's call before. Only what
  /// differs from the target's old content is converted, but the result is that of a whole
  /// conversion to the byte. `changes` says afterwards which macroblocks may differ from the
  /// picture that was converted before this one; it is made anew if it has another size.
  void convert(const BgrxView& source, const Damage& damage, YuvPicture& target,
               ChangeMap& changes);
  /// A whole conversion.
  void convert(const BgrxView& source, YuvPicture& target);

 private:
  /// What sizes and places follow from.
  struct Geometry {
    int source_width = 0, source_height = 0, width = 0, height = 0;
    YuvFormat format;
    PixelOrder order = PixelOrder::kBgrx;

    friend bool operator==(const Geometry&, const Geometry&) = default;
  };
  /// A picture that was converted, and what had changed from the one before to it.
  struct Step {
    std::uint64_t content = 0;
    Damage damage;
  };
  static constexpr std::size_t kSteps = 8;

  /// Gets ready for these sizes; false when they are not those of the last call.
  bool prepare(const BgrxView& source, const YuvPicture& target);
  void remember(std::uint64_t content, const Damage& damage);
  /// What the source shows otherwise than this content did.
  [[nodiscard]] Damage damage_since(std::uint64_t content) const;
  /// The target's pixels inside the placement that a part of the source has an influence on,
  /// rounded outwards to whole chroma samples.
  [[nodiscard]] Rectangle influence(const Rectangle& area) const;
  /// Rows that one thread works with.
  struct Scratch {
    std::vector<std::uint16_t> sums, rows;
    /// rows of the source with its patch, while that is in them
    std::vector<std::uint8_t> patched;
  };

  void convert_area(const BgrxView& source, YuvPicture& target, const Rectangle& area);
  void convert_rows(const BgrxView& source, YuvPicture& target, const Rectangle& area,
                    Scratch& scratch) const;
  template <typename Sample>
  void convert_rows(const BgrxView& source, YuvPicture& target, const Rectangle& area,
                    Scratch& scratch, const ConversionKernels<Sample>& kernels) const;
  /// The columns [left, right) of a row of the target as scaled pixels.
  void scale_row(const BgrxView& source, int y, int left, int right, Scratch& scratch,
                 std::uint16_t* target) const;

  const RowKernels& kernels_;
  const int threads_;
  std::unique_ptr<PiecePool> pool_;
  Geometry geometry_;
  Placement place_{};
  ColorMatrix matrix_{};
  bool scaled_ = false;
  VerticalTaps vertical_;
  HorizontalTaps horizontal_;
  /// one for every thread
  std::vector<Scratch> scratch_;
  /// the last pictures, the newest at newest_
  std::array<Step, kSteps> steps_{};
  std::size_t newest_ = 0;
};

}  // namespace earthshine
