#include "convert/row_kernels.h"

#if defined(__x86_64__)

#include <immintrin.h>

#include <cstring>

// The whole set is compiled for AVX2 by function attribute, so that no other file depends on
// compiler flags; row_kernels() chooses at run time.
#define EARTHSHINE_AVX2 __attribute__((target("avx2")))

namespace earthshine {
namespace {

constexpr int kStep = 32;  // pixels

/// [b g r 0] as four words, repeated for every pixel.
EARTHSHINE_AVX2 inline __m256i spread(const std::int16_t (&weights)[3]) {
  return _mm256_set1_epi64x(static_cast<std::int64_t>(
      static_cast<std::uint64_t>(static_cast<std::uint16_t>(weights[0])) |
      static_cast<std::uint64_t>(static_cast<std::uint16_t>(weights[1])) << 16 |
      static_cast<std::uint64_t>(static_cast<std::uint16_t>(weights[2])) << 32));
}

/// Eight pixels as words: `low` holds pixels 0 1 | 4 5, `high` 2 3 | 6 7.
struct Words {
  __m256i low, high;
};

EARTHSHINE_AVX2 inline Words load(const std::uint8_t* pixels) {
  // SAFETY: unaligned loads of 32 bytes inside the row; the caller steps whole groups only.
  const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(pixels));
  const __m256i zero = _mm256_setzero_si256();
  return {_mm256_unpacklo_epi8(bytes, zero), _mm256_unpackhi_epi8(bytes, zero)};
}

/// Eight weighed pixels in order, as words' worth of double words.
EARTHSHINE_AVX2 inline __m256i weigh(const Words& words, __m256i weights, __m256i offset) {
  const __m256i sums = _mm256_hadd_epi32(_mm256_madd_epi16(words.low, weights),
                                         _mm256_madd_epi16(words.high, weights));
  return _mm256_srai_epi32(_mm256_add_epi32(sums, offset), kMatrixShift);
}

/// Packs four groups of eight double words into 32 bytes in order.
EARTHSHINE_AVX2 inline __m256i pack(__m256i a, __m256i b, __m256i c, __m256i d) {
  const __m256i mixed = _mm256_packus_epi16(_mm256_packs_epi32(a, b), _mm256_packs_epi32(c, d));
  return _mm256_permutevar8x32_epi32(mixed, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
}

EARTHSHINE_AVX2 inline void store(std::uint8_t* target, __m256i value) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(target), value);
}

/// The sums of 2×2 pixels: blocks 0 1 | 2 3.
EARTHSHINE_AVX2 inline __m256i block_sums(const Words& top, const Words& bottom) {
  const __m256i low = _mm256_add_epi16(top.low, bottom.low);
  const __m256i high = _mm256_add_epi16(top.high, bottom.high);
  return _mm256_add_epi16(_mm256_unpacklo_epi64(low, high), _mm256_unpackhi_epi64(low, high));
}

EARTHSHINE_AVX2 inline __m256i weigh_blocks(__m256i first, __m256i second, __m256i weights,
                                            __m256i offset) {
  const __m256i sums =
      _mm256_hadd_epi32(_mm256_madd_epi16(first, weights), _mm256_madd_epi16(second, weights));
  return _mm256_srai_epi32(_mm256_add_epi32(sums, offset), kMatrixShift + 2);
}

EARTHSHINE_AVX2 void convert_420(const RowPair& rows, const ColorMatrix& matrix) {
  const __m256i y_weights = spread(matrix.y);
  const __m256i u_weights = spread(matrix.u);
  const __m256i v_weights = spread(matrix.v);
  const __m256i y_offset = _mm256_set1_epi32(matrix.y_offset);
  const __m256i chroma_offset = _mm256_set1_epi32(matrix.chroma_offset * 4);

  int x = 0;
  for (; x + kStep <= rows.width; x += kStep) {
    const std::uint8_t* top = rows.top + 4 * x;
    const std::uint8_t* bottom = rows.bottom + 4 * x;
    const Words a = load(top), b = load(top + 32), c = load(top + 64), d = load(top + 96);
    store(rows.y_top + x, pack(weigh(a, y_weights, y_offset), weigh(b, y_weights, y_offset),
                               weigh(c, y_weights, y_offset), weigh(d, y_weights, y_offset)));
    const Words e = load(bottom), f = load(bottom + 32), g = load(bottom + 64),
                h = load(bottom + 96);
    store(rows.y_bottom + x, pack(weigh(e, y_weights, y_offset), weigh(f, y_weights, y_offset),
                                  weigh(g, y_weights, y_offset), weigh(h, y_weights, y_offset)));

    const __m256i s0 = block_sums(a, e), s1 = block_sums(b, f), s2 = block_sums(c, g),
                  s3 = block_sums(d, h);
    const __m256i u = _mm256_packs_epi32(weigh_blocks(s0, s1, u_weights, chroma_offset),
                                         weigh_blocks(s2, s3, u_weights, chroma_offset));
    const __m256i v = _mm256_packs_epi32(weigh_blocks(s0, s1, v_weights, chroma_offset),
                                         weigh_blocks(s2, s3, v_weights, chroma_offset));
    // Lane 0 holds u(a0 a1 b0 b1 c0 c1 d0 d1) v(…), lane 1 u(a2 a3 b2 b3 …) v(…).
    const __m256i mixed = _mm256_packus_epi16(u, v);
    const __m128i left = _mm256_castsi256_si128(mixed);
    const __m128i right = _mm256_extracti128_si256(mixed, 1);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(rows.u + x / 2), _mm_unpacklo_epi16(left, right));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(rows.v + x / 2), _mm_unpackhi_epi16(left, right));
  }
  if (x < rows.width) {
    portable_row_kernels().convert_420(
        {rows.top + 4 * x, rows.bottom + 4 * x, rows.y_top + x, rows.y_bottom + x, rows.u + x / 2,
         rows.v + x / 2, rows.width - x},
        matrix);
  }
}

EARTHSHINE_AVX2 void convert_444(const Row& row, const ColorMatrix& matrix) {
  const __m256i weights[3] = {spread(matrix.y), spread(matrix.u), spread(matrix.v)};
  const __m256i offsets[3] = {_mm256_set1_epi32(matrix.y_offset),
                              _mm256_set1_epi32(matrix.chroma_offset),
                              _mm256_set1_epi32(matrix.chroma_offset)};
  std::uint8_t* const targets[3] = {row.y, row.u, row.v};
  int x = 0;
  for (; x + kStep <= row.width; x += kStep) {
    const std::uint8_t* pixels = row.pixels + 4 * x;
    const Words a = load(pixels), b = load(pixels + 32), c = load(pixels + 64),
                d = load(pixels + 96);
    for (int plane = 0; plane < 3; ++plane) {
      const __m256i w = weights[plane];
      const __m256i o = offsets[plane];
      store(targets[plane] + x,
            pack(weigh(a, w, o), weigh(b, w, o), weigh(c, w, o), weigh(d, w, o)));
    }
  }
  if (x < row.width) {
    portable_row_kernels().convert_444(
        {row.pixels + 4 * x, row.y + x, row.u + x, row.v + x, row.width - x}, matrix);
  }
}

EARTHSHINE_AVX2 void accumulate(std::uint16_t* sum, const std::uint8_t* source,
                                std::uint16_t weight, int count) {
  const __m256i weights = _mm256_set1_epi16(static_cast<std::int16_t>(weight));
  const __m256i zero = _mm256_setzero_si256();
  int i = 0;
  for (; i + 32 <= count; i += 32) {
    // Spread the quarters first, so that the unpacked words come out in order.
    const __m256i bytes = _mm256_permute4x64_epi64(
        _mm256_loadu_si256(reinterpret_cast<const __m256i*>(source + i)), 0xD8);
    const __m256i low = _mm256_mulhi_epu16(_mm256_unpacklo_epi8(zero, bytes), weights);
    const __m256i high = _mm256_mulhi_epu16(_mm256_unpackhi_epi8(zero, bytes), weights);
    auto* target = reinterpret_cast<__m256i*>(sum + i);
    _mm256_storeu_si256(target, _mm256_add_epi16(_mm256_loadu_si256(target), low));
    _mm256_storeu_si256(target + 1, _mm256_add_epi16(_mm256_loadu_si256(target + 1), high));
  }
  if (i < count) portable_row_kernels().accumulate(sum + i, source + i, weight, count - i);
}

EARTHSHINE_AVX2 void squeeze(std::uint8_t* target, const std::uint16_t* source,
                             const HorizontalTap* taps, const std::int16_t* weights, int width) {
  const __m128i pairs = _mm_setr_epi8(0, 1, 8, 9, 2, 3, 10, 11, 4, 5, 12, 13, 6, 7, 14, 15);
  const __m128i half = _mm_set1_epi32(1 << 20);
  for (int x = 0; x < width; ++x) {
    const HorizontalTap& tap = taps[x];
    const std::uint16_t* pixel = source + 4 * static_cast<std::ptrdiff_t>(tap.start);
    const std::int16_t* weight = weights + tap.offset;
    __m128i sum = half;
    for (int i = 0; i < tap.pairs; ++i, pixel += 8, weight += 2) {
      std::int32_t both;
      std::memcpy(&both, weight, sizeof both);
      const __m128i two = _mm_srli_epi16(
          _mm_shuffle_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(pixel)), pairs), 1);
      sum = _mm_add_epi32(sum, _mm_madd_epi16(two, _mm_set1_epi32(both)));
    }
    const __m128i words = _mm_packs_epi32(_mm_srai_epi32(sum, 21), sum);
    const std::int32_t out = _mm_cvtsi128_si32(_mm_packus_epi16(words, words));
    std::memcpy(target + 4 * static_cast<std::ptrdiff_t>(x), &out, sizeof out);
  }
}

}  // namespace

const RowKernels* avx2_row_kernels() {
  static constexpr RowKernels kernels{"AVX2", convert_420, convert_444, accumulate, squeeze};
  static const bool usable = __builtin_cpu_supports("avx2") != 0;
  return usable ? &kernels : nullptr;
}

}  // namespace earthshine

#else

namespace earthshine {

const RowKernels* avx2_row_kernels() {
  return nullptr;
}

}  // namespace earthshine

#endif
