#pragma once

#include <array>
#include <cstddef>

#include "convert/damage.h"

namespace earthshine {

/// Rows of a picture that are read with one request.
struct RowBand {
  int top = 0, rows = 0;

  friend bool operator==(const RowBand&, const RowBand&) = default;
};

struct RowBands {
  std::array<RowBand, Damage::kMost> bands{};
  std::size_t count = 0;
};

/// The rows that the damage touches in a picture of this height, from top to bottom. Bands with few
/// rows between them are one: a request costs as much as a dozen rows of 1920 pixels.
RowBands row_bands(const Damage& damage, int height);

}  // namespace earthshine
