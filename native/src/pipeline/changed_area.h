#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "capture/source.h"

namespace earthshine {

/// How much of the picture a new one changes, on average: a game changes all of it, a cursor next
/// to nothing. One thread adds, another may take meanwhile.
class ChangedArea {
 public:
  void add(const Grab& grab);
  /// Per cent, of the pictures since the last call; nothing when there were none.
  std::optional<double> take();

 private:
  /// thousandths of a per cent, and the pictures that they are of
  std::atomic<std::uint64_t> sum_ = 0, pictures_ = 0;
};

}  // namespace earthshine
