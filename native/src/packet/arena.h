#pragma once

#include <cstddef>
#include <cstdint>

namespace earthshine {

/// A page-aligned stretch of zeroed memory of fixed size. Only pages that were written take memory,
/// so it can be as large as the largest frame at no cost to streams of small ones, and a frame
/// never allocates.
class Arena {
 public:
  /// Throws std::bad_alloc when the address space is spent.
  explicit Arena(std::size_t bytes);
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  [[nodiscard]] std::uint8_t* data() const { return data_; }
  [[nodiscard]] std::size_t size() const { return bytes_; }

 private:
  std::uint8_t* data_;
  std::size_t bytes_;
};

}  // namespace earthshine
