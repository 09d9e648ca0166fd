#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace earthshine::stand_in {

/// Bits of a slice behind a header that may end within a byte.
class SliceBits {
 public:
  /// `bits` of `bytes` are there already.
  SliceBits(std::vector<std::uint8_t> bytes, std::size_t bits)
      : bytes_(std::move(bytes)), bits_(bits) {
    bytes_.resize((bits + 7) / 8);
  }
  void put(unsigned value) {
    if (bits_ % 8 == 0) bytes_.push_back(0);
    if (value != 0) bytes_.back() |= static_cast<std::uint8_t>(0x80U >> (bits_ % 8));
    ++bits_;
  }
  void align(unsigned value) {
    while (bits_ % 8 != 0) put(value);
  }
  void byte(std::uint8_t value) {
    bytes_.push_back(value);
    bits_ += 8;
  }
  [[nodiscard]] const std::vector<std::uint8_t>& bytes() const { return bytes_; }

 private:
  std::vector<std::uint8_t> bytes_;
  std::size_t bits_;
};

/// A context of the arithmetic coder that H.264 (§9.3) and HEVC (§9.3) share.
struct CoderContext {
  std::uint8_t state = 0, likely = 0;

  /// From H.264's pair of numbers (tables 9-12 to 9-33).
  static CoderContext of(int m, int n, int quantizer);
};

class ArithmeticCoder {
 public:
  explicit ArithmeticCoder(SliceBits& bits) : bits_(bits) {}

  void encode(CoderContext& context, unsigned bin);
  /// Ones and zeros alike.
  void bypass(unsigned bin);
  /// A one ends the coder's part; restart() begins the next.
  void terminate(unsigned bin);
  void restart();

 private:
  void renormalize();
  void put(unsigned bit);

  SliceBits& bits_;
  unsigned low_ = 0, range_ = 510, outstanding_ = 0;
  bool first_ = true;
};

}  // namespace earthshine::stand_in
