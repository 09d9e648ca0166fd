#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "convert/bgrx_view.h"

namespace earthshine::bench {

/// A desktop in full motion that is the same at every run: a film (smooth shapes that drift over
/// one another at sub-pixel speeds, with grain), a scrolling page of text, a slowly turning colour
/// gradient, and a window that is dragged across them. Pure in the frame's number.
class MovingScreen {
 public:
  MovingScreen(int width, int height)
      : width_(width),
        height_(height),
        pixels_(static_cast<std::size_t>(width) * height),
        shapes_(kTile * kTile),
        page_(static_cast<std::size_t>(kPageWidth) * kPageHeight) {
    draw_shapes();
    draw_page();
  }

  BgrxView draw(std::uint32_t frame) {
    const int film_right = width_ * 11 / 20, film_bottom = height_ * 13 / 20;
    const int page_left = film_right;
    for (int y = 0; y < height_; ++y) {
      std::uint32_t* row = &pixels_[static_cast<std::size_t>(y) * width_];
      if (y < film_bottom) film(row, y, film_right, frame);
      const int gradient_right = y < film_bottom ? 0 : page_left;
      gradient(row, y, gradient_right, frame);
      page(row, y, page_left, frame);
    }
    window(frame);
    // SAFETY: bytes of our own pixels in the memory order of a little-endian machine.
    return {reinterpret_cast<const std::uint8_t*>(pixels_.data()), 4 * width_, width_, height_};
  }

 private:
  static constexpr int kTile = 512;
  static constexpr int kPageWidth = 1024, kPageHeight = 2048;

  static std::uint32_t hash(std::uint32_t x) {
    x ^= x >> 16;
    x *= 0x7feb352dU;
    x ^= x >> 15;
    x *= 0x846ca68bU;
    return x ^ x >> 16;
  }
  static std::uint32_t grey(int level) {
    const auto value = static_cast<std::uint32_t>(level < 0 ? 0 : level > 255 ? 255 : level);
    return value * 0x010101U;
  }

  /// Four octaves of value noise that tile.
  void draw_shapes() {
    for (int y = 0; y < kTile; ++y) {
      for (int x = 0; x < kTile; ++x) {
        double sum = 0;
        double weight = 0.5;
        for (int cell = 64; cell >= 8; cell /= 2, weight /= 2) {
          const int cells = kTile / cell;
          const auto corner = [&](int column, int line) {
            const int at = line % cells * cells + column % cells;
            return hash(static_cast<std::uint32_t>(at + cell * 7919)) % 256;
          };
          const double fx = x % cell / static_cast<double>(cell);
          const double fy = y % cell / static_cast<double>(cell);
          const double sx = fx * fx * (3 - 2 * fx), sy = fy * fy * (3 - 2 * fy);
          const int left = x / cell, top = y / cell;
          sum +=
              weight * ((corner(left, top) * (1 - sx) + corner(left + 1, top) * sx) * (1 - sy) +
                        (corner(left, top + 1) * (1 - sx) + corner(left + 1, top + 1) * sx) * sy);
        }
        shapes_[static_cast<std::size_t>(y) * kTile + x] =
            static_cast<std::uint8_t>(std::lround(sum / 0.9375));
      }
    }
  }

  /// Lines of made-up letters: strokes in cells of 8×16, words with gaps, paragraphs.
  void draw_page() {
    for (int y = 0; y < kPageHeight; ++y) {
      for (int x = 0; x < kPageWidth; ++x) {
        const auto column = static_cast<std::uint32_t>(x / 8),
                   line = static_cast<std::uint32_t>(y / 20);
        const std::uint32_t letter = hash(line * 4099 + column);
        const bool blank = letter % 6 == 0 || column < 4 || hash(line) % 7 == 0 ||
                           column > 20 + hash(line * 31) % 108;
        const int in_x = x % 8, in_y = y % 20;
        bool ink = false;
        if (!blank && in_y >= 4 && in_y < 15 && in_x < 7) {
          const std::uint32_t shape = hash(letter % 40 + 977);
          const int stroke = in_y < 6 ? 0 : in_y < 9 ? 1 : in_y < 11 ? 2 : in_y < 13 ? 3 : 4;
          ink = (in_x == 1 && (shape & 1) != 0) || (in_x == 5 && (shape & 2) != 0) ||
                (in_x > 0 && in_x < 6 && (shape >> (stroke + 2) & 1) != 0 && in_y % 2 == 0) ||
                (in_x == 3 && (shape & 128) != 0);
        }
        page_[static_cast<std::size_t>(y) * kPageWidth + x] = ink ? 40 : 245;
      }
    }
  }

  /// Sixteenths of a pixel.
  [[nodiscard]] int shape(int x16, int y16) const {
    const int x = x16 >> 4, y = y16 >> 4, fx = x16 & 15, fy = y16 & 15;
    const auto at = [&](int column, int line) {
      return static_cast<int>(shapes_[(line & (kTile - 1)) * kTile + (column & (kTile - 1))]);
    };
    return ((at(x, y) * (16 - fx) + at(x + 1, y) * fx) * (16 - fy) +
            (at(x, y + 1) * (16 - fx) + at(x + 1, y + 1) * fx) * fy) >>
           8;
  }

  void film(std::uint32_t* row, int y, int right, std::uint32_t frame) const {
    const int f = static_cast<int>(frame & 0xFFFF);
    for (int x = 0; x < right; ++x) {
      const int far = shape(16 * x + 37 * f, 16 * y + 9 * f);
      const int near = shape(24 * x - 67 * f, 24 * y + 19 * f);
      const int front = near > 150 ? near : far;
      const int grain =
          static_cast<int>(hash(static_cast<std::uint32_t>(y * 8192 + x) ^ frame * 2654435761U) &
                           7) -
          3;
      const int red = front + grain, green = (front * 3 + far) / 4 + grain,
                blue = 255 - front + grain;
      row[x] = (grey(red) & 0xFF0000U) | (grey(green) & 0x00FF00U) | (grey(blue) & 0x0000FFU);
    }
  }

  void gradient(std::uint32_t* row, int y, int right, std::uint32_t frame) const {
    const int f = static_cast<int>(frame);
    for (int x = 0; x < right; ++x) {
      const int across = (x * 256 / width_ + f / 2) & 511;
      const int level = across < 256 ? across : 511 - across;
      const int down = y * 255 / height_;
      row[x] = static_cast<std::uint32_t>(level) << 16 | static_cast<std::uint32_t>(down) << 8 |
               static_cast<std::uint32_t>((level + down) / 2);
    }
  }

  void page(std::uint32_t* row, int y, int left, std::uint32_t frame) const {
    const auto line = (static_cast<std::uint32_t>(y) + 3 * frame) % kPageHeight;
    const std::uint8_t* source = &page_[static_cast<std::size_t>(line) * kPageWidth];
    for (int x = left; x < width_; ++x) row[x] = grey(source[(x - left) % kPageWidth]);
  }

  /// Dragged on a long curve, with a title bar, a border and some lines of the page inside.
  void window(std::uint32_t frame) {
    const int wide = width_ / 4, high = height_ / 4;
    const int left = static_cast<int>((width_ - wide) * (0.5 + 0.45 * std::sin(frame * 0.021)));
    const int top = static_cast<int>((height_ - high) * (0.5 + 0.45 * std::sin(frame * 0.033)));
    for (int y = 0; y < high; ++y) {
      std::uint32_t* row = &pixels_[static_cast<std::size_t>(top + y) * width_ + left];
      for (int x = 0; x < wide; ++x) {
        const bool border = x < 2 || y < 2 || x >= wide - 2 || y >= high - 2;
        row[x] = border   ? 0x204080U
                 : y < 24 ? 0x3060C0U
                          : grey(page_[static_cast<std::size_t>(y) * kPageWidth + x % kPageWidth]);
      }
    }
  }

  int width_, height_;
  std::vector<std::uint32_t> pixels_;
  std::vector<std::uint8_t> shapes_, page_;
};

}  // namespace earthshine::bench
