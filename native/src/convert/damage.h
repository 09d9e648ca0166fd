#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "convert/rectangle.h"

namespace earthshine {

/// What may have changed in a picture: nothing, up to 16 rectangles (which may overlap), or
/// everything. It covers at least what was added, never less. Copied and united without allocating.
class Damage {
 public:
  static constexpr std::size_t kMost = 16;

  /// Nothing has changed.
  Damage() = default;
  static Damage everything() {
    Damage damage;
    damage.add_everything();
    return damage;
  }

  [[nodiscard]] bool empty() const { return !everything_ && count_ == 0; }
  [[nodiscard]] bool is_everything() const { return everything_; }
  /// Not for is_everything(), which knows no size.
  [[nodiscard]] std::span<const Rectangle> rectangles() const {
    return {rectangles_.data(), count_};
  }

  void add_everything() {
    everything_ = true;
    count_ = 0;
  }
  /// An empty rectangle adds nothing. With more rectangles than there is room for, those are joined
  /// whose common bounds cost the least.
  void add(const Rectangle& area);
  void add(const Damage& other);
  void clear() {
    everything_ = false;
    count_ = 0;
  }

 private:
  std::array<Rectangle, kMost> rectangles_{};
  std::size_t count_ = 0;
  bool everything_ = false;
};

}  // namespace earthshine
