#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/result.h"
#include "capture/x11_connection.h"

namespace earthshine {

/// How a server lays out the pixels of an image.
struct X11PixelLayout {
  /// 8, 16, 24 or 32
  int bits_per_pixel = 32;
  /// a row's length is rounded up to so many bits
  int scanline_pad = 32;
  bool most_significant_byte_first = false;
  /// of a pixel's value; each without a gap
  std::uint32_t red = 0xFF0000, green = 0xFF00, blue = 0xFF;

  [[nodiscard]] std::size_t row_bytes(int width) const;
  /// It is that of a BgrxView already.
  [[nodiscard]] bool is_bgrx() const;

  friend bool operator==(const X11PixelLayout&, const X11PixelLayout&) = default;
};

/// The layout of the root window's pixels. A fault with a sentence where a pixel's value is no
/// colour, but the number of one in a palette (a depth of 8 bits).
Result<X11PixelLayout> x11_pixel_layout(const X11Connection& connection);

/// Rows of any layout into BGRx: depth 30 keeps the upper 8 of its 10 bits, and depths 15 and 16
/// are stretched to 8.
class X11PixelReader {
 public:
  explicit X11PixelReader(const X11PixelLayout& layout);

  [[nodiscard]] const X11PixelLayout& layout() const { return layout_; }
  /// `source` has layout().row_bytes(width) bytes, `target` four for each pixel.
  void read_row(const std::uint8_t* source, int width, std::uint8_t* target) const;

 private:
  /// One colour's bits of a pixel's value.
  struct Channel {
    int shift = 0, bits = 8;
    /// of fewer than 8 bits: what each value is of 255
    std::array<std::uint8_t, 128> stretched{};

    explicit Channel(std::uint32_t mask);
    [[nodiscard]] std::uint32_t of(std::uint32_t pixel) const;
    /// where the upper 8 of at least 8 bits begin
    [[nodiscard]] int upper() const { return shift + bits - 8; }
  };

  /// Of 32 bits, with at least 8 for each colour: without a branch, so that it is vector code.
  void read_deep_pixels(const std::uint8_t* source, int width, std::uint8_t* target) const;
  template <int Bytes>
  void read_pixels(const std::uint8_t* source, int width, std::uint8_t* target) const;
  [[nodiscard]] std::uint32_t bgrx(std::uint32_t pixel) const;

  const X11PixelLayout layout_;
  const Channel red_, green_, blue_;
  /// of 8 and 16 bits a pixel: what each value is
  std::vector<std::uint32_t> values_;
};

}  // namespace earthshine
