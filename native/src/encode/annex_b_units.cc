#include "encode/annex_b_units.h"

#include <algorithm>
#include <cstring>

namespace earthshine {
namespace {

enum class Kind : std::uint8_t { kLeftOut, kParameters, kSlice };

/// H.264 table 7-1, HEVC table 7-1.
Kind kind_of(std::uint8_t header, VideoCodec codec) {
  if (codec == VideoCodec::kH264) {
    const int type = header & 31;
    if (type == 6 || type == 9 || type == 12) return Kind::kLeftOut;
    return type <= 5 ? Kind::kSlice : Kind::kParameters;
  }
  const int type = header >> 1 & 63;
  if (type == 35 || type == 38 || type == 39) return Kind::kLeftOut;
  return type < 32 ? Kind::kSlice : Kind::kParameters;
}

/// Where the next start code of three bytes begins; the end when there is none.
std::size_t next_start(std::span<const std::uint8_t> bytes, std::size_t from) {
  for (std::size_t i = from; i + 3 < bytes.size(); ++i) {
    if (bytes[i] == 0 && bytes[i + 1] == 0 && bytes[i + 2] == 1) return i;
  }
  return bytes.size();
}

}  // namespace

std::span<const std::uint8_t> without_delimiters(std::span<std::uint8_t> unit, VideoCodec codec) {
  std::size_t begin = 0;
  std::size_t start = next_start(unit, 0);
  while (start < unit.size()) {
    const Kind kind = kind_of(unit[start + 3], codec);
    if (kind == Kind::kSlice) break;
    std::size_t end = next_start(unit, start + 3);
    // A zero before a start code belongs to it.
    const std::size_t unit_begin = start > begin && unit[start - 1] == 0 ? start - 1 : start;
    const std::size_t unit_end = end < unit.size() && unit[end - 1] == 0 ? end - 1 : end;
    if (kind == Kind::kLeftOut) {
      std::memmove(unit.data() + begin + (unit_end - unit_begin), unit.data() + begin,
                   unit_begin - begin);
      begin += unit_end - unit_begin;
    }
    start = end;
  }
  return unit.subspan(begin);
}

}  // namespace earthshine
