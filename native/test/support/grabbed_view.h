#pragma once

#include <variant>

#include "capture/source.h"

namespace earthshine::test {

/// The pixels of a grab, of a source that has them in memory.
inline const BgrxView& view_of(const Grab& grab) {
  return std::get<BgrxView>(grab.picture);
}

}  // namespace earthshine::test
