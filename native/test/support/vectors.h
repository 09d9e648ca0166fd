#pragma once

#include <openssl/evp.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

/// Reading test/vectors/*.json.
namespace earthshine::vectors {

using Bytes = std::vector<std::uint8_t>;

/// The root of the checkout that this was built from. One file alone is compiled with the path, so
/// that a compiler cache knows the others in every checkout.
std::filesystem::path checkout();

inline nlohmann::json load(const std::string& name) {
  std::ifstream file(checkout() / "test/vectors" / (name + ".json"));
  if (!file) throw std::runtime_error("no vector file " + name);
  return nlohmann::json::parse(file);
}

inline Bytes from_hex(const std::string& hex) {
  Bytes bytes(hex.size() / 2);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(std::stoul(hex.substr(2 * i, 2), nullptr, 16));
  }
  return bytes;
}

inline std::string to_hex(std::span<const std::uint8_t> bytes) {
  std::string hex;
  hex.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    char pair[3];
    std::snprintf(pair, sizeof pair, "%02x", byte);
    hex += pair;
  }
  return hex;
}

inline std::string sha256(std::span<const std::uint8_t> bytes) {
  std::array<std::uint8_t, 32> digest{};
  unsigned length = digest.size();
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, EVP_sha256(), nullptr);
  return to_hex(digest);
}

/// The vectors' byte generator: x = (x * 1103515245 + 12345) AND 0x7fffffff, byte = (x >> 16) AND
/// 255.
inline Bytes generated(std::uint32_t seed, std::size_t count) {
  Bytes bytes(count);
  std::uint32_t x = seed;
  for (auto& byte : bytes) {
    x = (x * 1103515245U + 12345U) & 0x7fffffffU;
    byte = static_cast<std::uint8_t>(x >> 16);
  }
  return bytes;
}

inline std::array<std::uint8_t, 16> key(const std::string& hex) {
  const Bytes bytes = from_hex(hex);
  std::array<std::uint8_t, 16> key{};
  std::copy_n(bytes.begin(), key.size(), key.begin());
  return key;
}

}  // namespace earthshine::vectors
