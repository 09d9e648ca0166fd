#pragma once

#include <openssl/evp.h>

#include <memory>
#include <new>

namespace earthshine {

struct FreeCipherContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, FreeCipherContext>;

/// A context with cipher and key set, so that a packet only has to set its IV. Throws
/// std::bad_alloc when the cipher cannot be had.
inline CipherContext make_cipher_context(const EVP_CIPHER* cipher, const unsigned char* key) {
  CipherContext context(EVP_CIPHER_CTX_new());
  if (!context || EVP_EncryptInit_ex(context.get(), cipher, nullptr, key, nullptr) != 1) {
    throw std::bad_alloc();
  }
  return context;
}

}  // namespace earthshine
