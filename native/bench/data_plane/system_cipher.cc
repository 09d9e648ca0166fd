#include "system_cipher.h"

#include <dlfcn.h>
#include <openssl/crypto.h>

#include "packet/byte_order.h"
#include "packet/video_sealer.h"

namespace earthshine::bench {

namespace {

double version_of(unsigned long number) {
  return static_cast<double>(number >> 28) + static_cast<double>(number >> 20 & 0xFF) / 10;
}

}  // namespace

std::unique_ptr<SystemCipher> SystemCipher::open(const std::array<std::uint8_t, 16>& key) {
  // Its own names come first, not those of the libcrypto inside Node.
  void* library = dlopen("libcrypto.so.3", RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
  if (!library) return nullptr;
  const auto find = [library](auto& function, const char* name) {
    // SAFETY: OpenSSL 3 keeps the signatures of its header within the major version.
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(library, name));
    return function != nullptr;
  };
  std::unique_ptr<SystemCipher> cipher(new SystemCipher);
  decltype(&EVP_CIPHER_CTX_new) make = nullptr;
  decltype(&EVP_aes_128_gcm) aes = nullptr;
  decltype(&OpenSSL_version_num) version = nullptr;
  if (!find(make, "EVP_CIPHER_CTX_new") || !find(aes, "EVP_aes_128_gcm") ||
      !find(version, "OpenSSL_version_num") || !find(cipher->free_, "EVP_CIPHER_CTX_free") ||
      !find(cipher->init_, "EVP_EncryptInit_ex") || !find(cipher->update_, "EVP_EncryptUpdate") ||
      !find(cipher->final_, "EVP_EncryptFinal_ex") ||
      !find(cipher->control_, "EVP_CIPHER_CTX_ctrl")) {
    return nullptr;
  }
  cipher->version_ = version_of(version());
  cipher->context_ = make();
  if (cipher->init_(cipher->context_, aes(), nullptr, key.data(), nullptr) != 1) return nullptr;
  return cipher;
}

SystemCipher::~SystemCipher() {
  if (context_) free_(context_);
}

bool SystemCipher::seal(std::uint64_t counter, std::uint32_t frame,
                        std::span<const std::uint8_t> shard, std::uint8_t* datagram) {
  put64le(datagram, counter);
  put32le(datagram + 8, 0x56000000);
  put32le(datagram + 12, frame);
  int written = 0;
  int final_written = 0;
  return init_(context_, nullptr, nullptr, nullptr, datagram) == 1 &&
         update_(context_, datagram + kSealBytes, &written, shard.data(),
                 static_cast<int>(shard.size())) == 1 &&
         final_(context_, datagram + kSealBytes + written, &final_written) == 1 &&
         control_(context_, EVP_CTRL_AEAD_GET_TAG, 16, datagram + 16) == 1;
}

double linked_cipher_version() {
  return version_of(OpenSSL_version_num());
}

}  // namespace earthshine::bench
