#pragma once

#include <cstring>

#include "packet/parity_kernel.h"
#include "system_cipher.h"

namespace earthshine::bench {

/// Why a figure says nothing about its goal on this machine, or null: the goals are of processors
/// with AVX-512 and GFNI, and those of sealed frames mean Node's OpenSSL.
inline const char* why_not_here(bool sealed) {
  const ParityKernel& best = supported_parity_kernels().back();
  if (std::strcmp(best.name, "avx512-gfni") != 0) return "no AVX-512 or no GFNI";
  if (sealed && linked_cipher_version() < 3.5) return "older OpenSSL than Node's";
  return nullptr;
}

}  // namespace earthshine::bench
