#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace earthshine {

/// Stores and loads of the wire's integers at any alignment. Both machines that the host is built
/// for are little-endian.
static_assert(std::endian::native == std::endian::little);

inline void put16le(std::uint8_t* at, std::uint16_t value) {
  std::memcpy(at, &value, 2);
}
inline void put32le(std::uint8_t* at, std::uint32_t value) {
  std::memcpy(at, &value, 4);
}
inline void put64le(std::uint8_t* at, std::uint64_t value) {
  std::memcpy(at, &value, 8);
}
inline void put16be(std::uint8_t* at, std::uint16_t value) {
  put16le(at, __builtin_bswap16(value));
}
inline void put32be(std::uint8_t* at, std::uint32_t value) {
  put32le(at, __builtin_bswap32(value));
}

inline std::uint16_t get16le(const std::uint8_t* at) {
  std::uint16_t value = 0;
  std::memcpy(&value, at, 2);
  return value;
}
inline std::uint32_t get32le(const std::uint8_t* at) {
  std::uint32_t value = 0;
  std::memcpy(&value, at, 4);
  return value;
}
inline std::uint64_t get64le(const std::uint8_t* at) {
  std::uint64_t value = 0;
  std::memcpy(&value, at, 8);
  return value;
}
inline std::uint16_t get16be(const std::uint8_t* at) {
  return __builtin_bswap16(get16le(at));
}
inline std::uint32_t get32be(const std::uint8_t* at) {
  return __builtin_bswap32(get32le(at));
}

}  // namespace earthshine
