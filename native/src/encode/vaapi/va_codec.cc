#include "encode/vaapi/va_codec.h"

#include <algorithm>

namespace earthshine {

void add_packed_header(std::vector<VaParameter>& parameters, std::uint32_t type,
                       const PackedBits& header) {
  VAEncPackedHeaderParameterBuffer told{};
  told.type = type;
  told.bit_length = static_cast<std::uint32_t>(header.bits);
  told.has_emulation_bytes = 1;
  parameters.push_back(va_parameter(VAEncPackedHeaderParameterBufferType, told));
  parameters.push_back({.type = VAEncPackedHeaderDataBufferType, .bytes = header.bytes});
}

std::vector<int> va_slice_rows(int rows, int wished, unsigned most, unsigned structure) {
  const int allowed = most == VA_ATTRIB_NOT_SUPPORTED ? 1 : std::max(static_cast<int>(most), 1);
  const int slices = std::clamp(wished, 1, std::min(allowed, rows));
  int each = (rows + slices - 1) / slices;
  constexpr unsigned kAnyRows =
      VA_ENC_SLICE_STRUCTURE_ARBITRARY_MACROBLOCKS | VA_ENC_SLICE_STRUCTURE_ARBITRARY_ROWS |
      VA_ENC_SLICE_STRUCTURE_EQUAL_ROWS | VA_ENC_SLICE_STRUCTURE_EQUAL_MULTI_ROWS;
  if (structure != VA_ATTRIB_NOT_SUPPORTED && (structure & kAnyRows) == 0 &&
      (structure & VA_ENC_SLICE_STRUCTURE_POWER_OF_TWO_ROWS) != 0) {
    // Rounded down where the encoder has enough slices for that, else up.
    int power = 1;
    while (power * 2 <= each) power *= 2;
    if ((rows + power - 1) / power > allowed) power *= 2;
    each = power;
  }
  std::vector<int> result;
  for (int row = 0; row < rows; row += each) result.push_back(std::min(each, rows - row));
  return result;
}

}  // namespace earthshine
