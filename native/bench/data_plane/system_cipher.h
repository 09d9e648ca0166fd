#pragma once

#include <openssl/evp.h>

#include <array>
#include <cstdint>
#include <memory>
#include <span>

namespace earthshine::bench {

/// AES-128-GCM by the system's libcrypto, loaded beside the one that this program (inside Node:
/// Node) carries: what another host on this machine would seal with. The same calls as VideoSealer.
class SystemCipher {
 public:
  /// Nothing where the system has no libcrypto 3.
  static std::unique_ptr<SystemCipher> open(const std::array<std::uint8_t, 16>& key);
  ~SystemCipher();
  SystemCipher(const SystemCipher&) = delete;
  SystemCipher& operator=(const SystemCipher&) = delete;

  /// Writes 32 bytes of prefix and the text, as VideoSealer does.
  bool seal(std::uint64_t counter, std::uint32_t frame, std::span<const std::uint8_t> shard,
            std::uint8_t* datagram);
  /// as in "3.0"
  [[nodiscard]] double version() const { return version_; }

 private:
  SystemCipher() = default;

  EVP_CIPHER_CTX* context_ = nullptr;
  double version_ = 0;
  decltype(&EVP_CIPHER_CTX_free) free_ = nullptr;
  decltype(&EVP_EncryptInit_ex) init_ = nullptr;
  decltype(&EVP_EncryptUpdate) update_ = nullptr;
  decltype(&EVP_EncryptFinal_ex) final_ = nullptr;
  decltype(&EVP_CIPHER_CTX_ctrl) control_ = nullptr;
};

/// The version of the libcrypto that VideoSealer uses in this process.
double linked_cipher_version();

}  // namespace earthshine::bench
