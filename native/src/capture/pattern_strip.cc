#include "capture/pattern_strip.h"

#include <array>
#include <cstddef>

namespace earthshine {
namespace {

/// White and black must differ by at least this many levels to be told apart.
constexpr double kLeastContrast = 40;

/// CRC-16/CCITT-FALSE: polynomial 0x1021, initial 0xFFFF.
std::uint16_t checksum(const PatternStamp& stamp) {
  std::uint16_t crc = 0xFFFF;
  const auto feed = [&](std::uint64_t value, int bytes) {
    for (int i = bytes - 1; i >= 0; --i) {
      crc = static_cast<std::uint16_t>(crc ^ (value >> (8 * i) & 0xFF) << 8);
      for (int bit = 0; bit < 8; ++bit) {
        crc = static_cast<std::uint16_t>((crc & 0x8000) != 0 ? crc << 1 ^ 0x1021 : crc << 1);
      }
    }
  };
  feed(stamp.counter, 4);
  feed(stamp.microseconds, 8);
  return crc;
}

}  // namespace

StripCell strip_cell(int column, int row, int width, int height) {
  return {column * width / kStripColumns, row * height / kStripRowsPerPicture,
          (column + 1) * width / kStripColumns, (row + 1) * height / kStripRowsPerPicture};
}

StripBits strip_bits(const PatternStamp& stamp) {
  return {{static_cast<std::uint32_t>(kStripSync) << 16 | checksum(stamp), stamp.counter,
           static_cast<std::uint32_t>(stamp.microseconds >> 32),
           static_cast<std::uint32_t>(stamp.microseconds)}};
}

std::optional<PatternStamp> read_strip(const std::uint8_t* luma, std::ptrdiff_t stride, int width,
                                       int height) {
  if (width < 2 * kStripColumns || height < 2 * kStripRowsPerPicture) return std::nullopt;
  // The middle half of a cell: away from ringing at its edges.
  const auto level = [&](int column, int row) {
    const StripCell cell = strip_cell(column, row, width, height);
    const int inset_x = (cell.right - cell.left) / 4;
    const int inset_y = (cell.bottom - cell.top) / 4;
    double sum = 0;
    int count = 0;
    for (int y = cell.top + inset_y; y < cell.bottom - inset_y; ++y) {
      for (int x = cell.left + inset_x; x < cell.right - inset_x; ++x, ++count) {
        sum += luma[y * stride + x];
      }
    }
    return sum / count;
  };

  double white = 0;
  double black = 0;
  for (int column = 0; column < 16; ++column) {
    ((kStripSync >> (15 - column) & 1) != 0 ? white : black) += level(column, 0) / 8;
  }
  if (white - black < kLeastContrast) return std::nullopt;
  const double threshold = (white + black) / 2;

  std::array<std::uint32_t, kStripRows> rows{};
  for (int row = 0; row < kStripRows; ++row) {
    for (int column = 0; column < kStripColumns; ++column) {
      rows[row] = rows[row] << 1 | static_cast<std::uint32_t>(level(column, row) > threshold);
    }
  }
  const PatternStamp stamp{rows[1], static_cast<std::uint64_t>(rows[2]) << 32 | rows[3]};
  if (rows[0] != strip_bits(stamp).rows[0]) return std::nullopt;
  return stamp;
}

}  // namespace earthshine
