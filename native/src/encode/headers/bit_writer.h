#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace earthshine {

/// Writes the bits of a codec's headers, the most significant first, with the Exp-Golomb codes of
/// H.264 §9.1 and HEVC §9.2.
class BitWriter {
 public:
  /// `count` bits, up to 32.
  void u(std::uint32_t value, int count) {
    while (count-- > 0) bit((value >> count & 1U) != 0);
  }
  void flag(bool value) { bit(value); }
  void ue(std::uint32_t value) {
    const std::uint64_t code = std::uint64_t{value} + 1;
    int length = 0;
    while (code >> (length + 1) != 0) ++length;
    for (int i = 0; i < length; ++i) bit(false);
    for (int i = length; i >= 0; --i) bit((code >> i & 1U) != 0);
  }
  void se(std::int32_t value) {
    ue(value > 0 ? 2U * static_cast<std::uint32_t>(value) - 1
                 : 2U * static_cast<std::uint32_t>(-value));
  }
  /// A stop bit, and zeros up to the next byte (rbsp_trailing_bits, byte_alignment).
  void trailing() {
    bit(true);
    align();
  }
  /// Zeros up to the next byte.
  void align() {
    while (bits_ % 8 != 0) bit(false);
  }

  [[nodiscard]] std::size_t bits() const { return bits_; }
  /// The last one is filled up with zeros.
  [[nodiscard]] const std::vector<std::uint8_t>& bytes() const { return bytes_; }

 private:
  void bit(bool value) {
    if (bits_ % 8 == 0) bytes_.push_back(0);
    if (value) bytes_.back() |= static_cast<std::uint8_t>(0x80U >> (bits_ % 8));
    ++bits_;
  }

  std::vector<std::uint8_t> bytes_;
  std::size_t bits_ = 0;
};

/// A piece of a stream whose last byte may be incomplete.
struct PackedBits {
  std::vector<std::uint8_t> bytes;
  std::size_t bits = 0;
};

/// A start code of four bytes, and what was written (NAL header first) with emulation prevention
/// bytes. An incomplete last byte is left as it is: whoever writes on decides whether it needs one,
/// so what is written has to end with a one (then it never does).
PackedBits annex_b(const BitWriter& unit);

}  // namespace earthshine
