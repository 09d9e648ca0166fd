#if defined(__x86_64__)

#include <immintrin.h>

#include "packet/galois_field.h"
#include "packet/parity_tiles.h"

#pragma GCC push_options
#pragma GCC target("avx2")

namespace earthshine {

namespace {

struct Vector {
  using Type = __m256i;
  static constexpr int kBytes = 32;

  static Type zero() { return _mm256_setzero_si256(); }
  // SAFETY: the instructions for unaligned addresses.
  static Type load(const std::uint8_t* at) {
    return _mm256_loadu_si256(reinterpret_cast<const Type*>(at));
  }
  static void store(std::uint8_t* at, Type value) {
    _mm256_storeu_si256(reinterpret_cast<Type*>(at), value);
  }
  static Type low_halves(Type bytes) { return _mm256_and_si256(bytes, _mm256_set1_epi8(15)); }
  static Type high_halves(Type bytes) {
    return _mm256_and_si256(_mm256_srli_epi64(bytes, 4), _mm256_set1_epi8(15));
  }
  static Type table(const std::array<std::uint8_t, 16>& products) {
    return _mm256_broadcastsi128_si256(
        _mm_load_si128(reinterpret_cast<const __m128i*>(products.data())));
  }
  static Type look_up(Type products, Type halves) { return _mm256_shuffle_epi8(products, halves); }
  static Type sum(Type a, Type b) { return _mm256_xor_si256(a, b); }
};

#include "packet/parity_nibbles.inl"

constexpr ParityTiles kTiles{4, 2 * Vector::kBytes, Vector::kBytes, kWide, kNarrow, parity_ssse3};

}  // namespace

void parity_avx2(const ParityJob& job) {
  run_tiles(job, kTiles);
}

}  // namespace earthshine

#pragma GCC pop_options

#endif
