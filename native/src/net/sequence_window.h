#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace earthshine {

/// Tells apart what arrives for the first time, again, and too late to tell, in memory that does
/// not grow: one bit for each of the last 131,072 sequence numbers, which at 3 Gbit/s are half a
/// second. Numbers start at 0.
class SequenceWindow {
 public:
  static constexpr std::uint64_t kNumbers = 1 << 17;

  enum class Arrival : std::uint8_t {
    /// above all before it
    kNext,
    /// for the first time, but after a higher one
    kReordered,
    kDuplicate,
    /// so far behind the highest that nothing is known of it any more
    kAncient,
  };

  Arrival add(std::uint64_t sequence);
  /// Numbers seen so far reach up to here, this one not included.
  [[nodiscard]] std::uint64_t end() const { return end_; }
  /// Different numbers that were seen.
  [[nodiscard]] std::uint64_t seen() const { return seen_; }
  /// Numbers below end() that were not seen.
  [[nodiscard]] std::uint64_t missing() const { return end_ - seen_; }

 private:
  static constexpr std::size_t kWords = kNumbers / 64;

  /// Forgets what the bits of the numbers from `from` up to `to` stood for before.
  void clear(std::uint64_t from, std::uint64_t to);

  std::array<std::uint64_t, kWords> bits_{};
  std::uint64_t end_ = 0, seen_ = 0;
};

}  // namespace earthshine
