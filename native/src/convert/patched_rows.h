#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "convert/bgrx_view.h"
#include "convert/rectangle.h"

namespace earthshine {

/// Rows of a source as the kernels read them.
struct SourceRows {
  const std::uint8_t* first;
  /// bytes from row to row
  std::ptrdiff_t stride;
};

/// The pixels of `area`, which lies inside the view: the view's own where its patch is elsewhere,
/// else a copy in `room` with the patch in it. Only rows that a cursor is in are copied.
SourceRows patched_rows(const BgrxView& view, const Rectangle& area,
                        std::vector<std::uint8_t>& room);

}  // namespace earthshine
