#pragma once

#include <array>
#include <cstdint>

namespace earthshine::galois {

/// GF(2^8) with the polynomial x^8+x^4+x^3+x^2+1 and generator 2, the field of video and audio
/// parity (protocol 4 §5).
inline constexpr unsigned kPolynomial = 0x11D;

/// Powers of 2; doubled, so that the sum of two logarithms needs no reduction.
inline constexpr std::array<std::uint8_t, 510> kExp = [] {
  std::array<std::uint8_t, 510> table{};
  unsigned value = 1;
  for (unsigned i = 0; i < 510; ++i) {
    table[i] = static_cast<std::uint8_t>(value);
    value <<= 1;
    if (value & 0x100) value ^= kPolynomial;
  }
  return table;
}();

/// Logarithms to the base 2; entry 0 is meaningless.
inline constexpr std::array<std::uint8_t, 256> kLog = [] {
  std::array<std::uint8_t, 256> table{};
  for (unsigned i = 0; i < 255; ++i) table[kExp[i]] = static_cast<std::uint8_t>(i);
  return table;
}();

constexpr std::uint8_t multiply(std::uint8_t a, std::uint8_t b) {
  if (a == 0 || b == 0) return 0;
  return kExp[static_cast<std::size_t>(kLog[a]) + kLog[b]];
}

/// Multiplicative inverses; entry 0 is 0, which no code uses.
inline constexpr std::array<std::uint8_t, 256> kInverse = [] {
  std::array<std::uint8_t, 256> table{};
  for (unsigned i = 1; i < 256; ++i) {
    table[i] = kExp[static_cast<std::size_t>(255 - kLog[i]) % 255];
  }
  return table;
}();

/// kInverseXor[s][y] = inverse(y XOR s): for j in a group of 16 that starts at a multiple of 16,
/// inverse(x XOR j) then lies in 16 neighbouring bytes, from which a Cauchy matrix is copied.
inline constexpr std::array<std::array<std::uint8_t, 256>, 16> kInverseXor = [] {
  std::array<std::array<std::uint8_t, 256>, 16> table{};
  for (unsigned s = 0; s < 16; ++s) {
    for (unsigned y = 0; y < 256; ++y) table[s][y] = kInverse[y ^ s];
  }
  return table;
}();

/// Products of one coefficient with the 16 low and the 16 high nibbles: a byte's product is the
/// XOR of two entries, and a byte shuffle looks up 16 at once.
struct NibbleProducts {
  std::array<std::uint8_t, 16> low, high;
};

alignas(64) inline constexpr std::array<NibbleProducts, 256> kNibbleProducts = [] {
  std::array<NibbleProducts, 256> table{};
  for (unsigned c = 0; c < 256; ++c) {
    for (unsigned n = 0; n < 16; ++n) {
      table[c].low[n] = multiply(static_cast<std::uint8_t>(c), static_cast<std::uint8_t>(n));
      table[c].high[n] = multiply(static_cast<std::uint8_t>(c), static_cast<std::uint8_t>(n << 4));
    }
  }
  return table;
}();

/// The product with one coefficient as an 8×8 bit matrix in the layout of GF2P8AFFINEQB: byte 7-i
/// holds the input bits that make up output bit i.
alignas(64) inline constexpr std::array<std::uint64_t, 256> kAffine = [] {
  std::array<std::uint64_t, 256> table{};
  for (unsigned c = 0; c < 256; ++c) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      const unsigned column =
          multiply(static_cast<std::uint8_t>(c), static_cast<std::uint8_t>(1U << bit));
      for (unsigned i = 0; i < 8; ++i) {
        if (column >> i & 1) table[c] |= std::uint64_t{1} << ((7 - i) * 8 + bit);
      }
    }
  }
  return table;
}();

}  // namespace earthshine::galois
