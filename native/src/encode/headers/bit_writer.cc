#include "encode/headers/bit_writer.h"

namespace earthshine {

PackedBits annex_b(const BitWriter& unit) {
  PackedBits packed;
  packed.bytes = {0, 0, 0, 1};
  const std::size_t whole = unit.bits() / 8;
  int zeros = 0;
  for (std::size_t i = 0; i < unit.bytes().size(); ++i) {
    const std::uint8_t byte = unit.bytes()[i];
    if (i < whole && zeros >= 2 && byte <= 3) {
      packed.bytes.push_back(3);
      zeros = 0;
    }
    packed.bytes.push_back(byte);
    zeros = byte == 0 ? zeros + 1 : 0;
  }
  const std::size_t open = unit.bits() % 8;
  packed.bits = packed.bytes.size() * 8 - (open == 0 ? 0 : 8 - open);
  return packed;
}

}  // namespace earthshine
