#if defined(__x86_64__)

#include <immintrin.h>

#include "packet/galois_field.h"
#include "packet/parity_tiles.h"

#pragma GCC push_options
#pragma GCC target("ssse3")

namespace earthshine {

namespace {

struct Vector {
  using Type = __m128i;
  static constexpr int kBytes = 16;

  static Type zero() { return _mm_setzero_si128(); }
  // SAFETY: the instructions for unaligned addresses.
  static Type load(const std::uint8_t* at) {
    return _mm_loadu_si128(reinterpret_cast<const Type*>(at));
  }
  static void store(std::uint8_t* at, Type value) {
    _mm_storeu_si128(reinterpret_cast<Type*>(at), value);
  }
  static Type low_halves(Type bytes) { return _mm_and_si128(bytes, _mm_set1_epi8(15)); }
  static Type high_halves(Type bytes) {
    return _mm_and_si128(_mm_srli_epi64(bytes, 4), _mm_set1_epi8(15));
  }
  static Type table(const std::array<std::uint8_t, 16>& products) {
    return _mm_load_si128(reinterpret_cast<const __m128i*>(products.data()));
  }
  static Type look_up(Type products, Type halves) { return _mm_shuffle_epi8(products, halves); }
  static Type sum(Type a, Type b) { return _mm_xor_si128(a, b); }
};

#include "packet/parity_nibbles.inl"

constexpr ParityTiles kTiles{4,       2 * Vector::kBytes, Vector::kBytes, kWide,
                             kNarrow, parity_portable};

}  // namespace

void parity_ssse3(const ParityJob& job) {
  run_tiles(job, kTiles);
}

}  // namespace earthshine

#pragma GCC pop_options

#endif
