#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace earthshine {

/// Which macroblocks (16×16 luma samples) of a picture are the same as in the picture before it,
/// row by row. A byte is 1 for unchanged, which is what x264 calls X264_MBINFO_CONSTANT.
class ChangeMap {
 public:
  ChangeMap() = default;
  /// A new map says that everything has changed.
  ChangeMap(int width, int height)
      : columns_((width + 15) / 16),
        rows_((height + 15) / 16),
        unchanged_(static_cast<std::size_t>(columns_) * static_cast<std::size_t>(rows_), 0) {}

  [[nodiscard]] int columns() const { return columns_; }
  [[nodiscard]] int rows() const { return rows_; }
  [[nodiscard]] std::span<const std::uint8_t> unchanged() const { return unchanged_; }
  /// x264 takes a pointer to bytes that it does not change.
  [[nodiscard]] std::uint8_t* data() { return unchanged_.data(); }

  void mark_all_changed() { fill(0); }
  void mark_all_unchanged() { fill(1); }
  /// The samples of the rectangle have changed; what lies outside of the picture is ignored.
  void mark_changed(int x, int y, int width, int height);
  /// What changed from a to b and from b to c has changed from a to c. The sizes must agree.
  void merge(const ChangeMap& later);
  [[nodiscard]] std::size_t changed_blocks() const;

 private:
  void fill(std::uint8_t value);

  int columns_ = 0, rows_ = 0;
  std::vector<std::uint8_t> unchanged_;
};

}  // namespace earthshine
