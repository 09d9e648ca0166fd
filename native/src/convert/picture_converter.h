#pragma once

#include <cstdint>
#include <vector>

#include "convert/bgrx_view.h"
#include "convert/change_map.h"
#include "convert/damage.h"
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
class PictureConverter {
 public:
  explicit PictureConverter(const RowKernels& kernels = row_kernels()) : kernels_(kernels) {}

  /// `damage` is what has changed in the source since this converter's call before. Only what
  /// differs from the target's old content is converted, but the result is that of a whole
  /// conversion to the byte. `changes` says afterwards which macroblocks may differ from the
  /// picture that was converted before this one; it is made anew if it has another size.
  void convert(const BgrxView& source, const Damage& damage, YuvPicture& target,
               ChangeMap& changes);
  /// A whole conversion.
  void convert(const BgrxView& source, YuvPicture& target);

 private:
  void prepare(const BgrxView& source, const Placement& place);
  /// One scaled row of BGRx.
  void scale_row(const BgrxView& source, int y, std::uint8_t* target);

  const RowKernels& kernels_;
  int source_width_ = 0, source_height_ = 0;
  Placement place_{};
  VerticalTaps vertical_;
  HorizontalTaps horizontal_;
  std::vector<std::uint16_t> sums_;
  std::vector<std::uint8_t> rows_;
};

}  // namespace earthshine
