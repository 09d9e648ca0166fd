#pragma once
// The machine-readable strip of docs/3-reference/test-pattern.md at the top of a picture.

#include <stdint.h>
#include <string.h>

/// Between two pictures that are drawn for a file, microseconds.
#define STRIP_INTERVAL 16667ull

enum { kStripColumns = 32, kStripRows = 4, kStripRowsPerPicture = 30 };

/// Lines that the strip covers.
static inline int strip_height(int height) {
  return kStripRows * height / kStripRowsPerPicture;
}

static inline uint16_t strip_checksum(uint32_t counter, uint64_t microseconds) {
  uint8_t bytes[12];
  for (int i = 0; i < 4; ++i) bytes[i] = counter >> (24 - 8 * i);
  for (int i = 0; i < 8; ++i) bytes[4 + i] = microseconds >> (56 - 8 * i);
  uint16_t crc = 0xFFFF;
  for (int i = 0; i < 12; ++i) {
    crc ^= bytes[i] << 8;
    for (int bit = 0; bit < 8; ++bit) crc = crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1;
  }
  return crc;
}

/// Writes the number of the picture and the time it was drawn over the top of BGRx pixels.
static inline void draw_strip(uint32_t* pixels, int width, int height, uint32_t counter,
                              uint64_t microseconds) {
  const uint32_t rows[kStripRows] = {0xA5C30000u | strip_checksum(counter, microseconds), counter,
                                     microseconds >> 32, (uint32_t)microseconds};
  for (int row = 0; row < kStripRows; ++row) {
    const int top = row * height / kStripRowsPerPicture;
    const int bottom = (row + 1) * height / kStripRowsPerPicture;
    uint32_t* line = pixels + (size_t)top * width;
    for (int column = 0; column < kStripColumns; ++column) {
      const uint32_t colour = rows[row] >> (31 - column) & 1 ? 0xFFFFFF : 0;
      for (int x = column * width / kStripColumns; x < (column + 1) * width / kStripColumns; ++x) {
        line[x] = colour;
      }
    }
    for (int y = top + 1; y < bottom; ++y) {
      memcpy(pixels + (size_t)y * width, line, (size_t)width * sizeof *pixels);
    }
  }
}
