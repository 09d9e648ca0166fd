#include "convert/row_kernels.h"

#if defined(__x86_64__)

#include <immintrin.h>

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

EARTHSHINE_AVX2 inline Words load(const std::uint16_t* pixels) {
  // SAFETY: unaligned loads of 4 × 16 bytes inside the row.
  const auto* parts = reinterpret_cast<const __m128i*>(pixels);
  return {_mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128(parts)),
                                  _mm_loadu_si128(parts + 2), 1),
          _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128(parts + 1)),
                                  _mm_loadu_si128(parts + 3), 1)};
}

/// For the ends of rows that are no whole vector.
template <typename Sample>
const ConversionKernels<Sample>& portable() {
  if constexpr (sizeof(Sample) == 1) {
    return portable_row_kernels().bytes;
  } else {
    return portable_row_kernels().words;
  }
}

template <typename Channel>
constexpr int kBits = sizeof(Channel) == 1 ? 0 : kScaledBits;

/// Eight weighed pixels in order, as words' worth of double words.
template <int kShift>
EARTHSHINE_AVX2 inline __m256i weigh(const Words& words, __m256i weights, __m256i offset) {
  const __m256i sums = _mm256_hadd_epi32(_mm256_madd_epi16(words.low, weights),
                                         _mm256_madd_epi16(words.high, weights));
  return _mm256_srai_epi32(_mm256_add_epi32(sums, offset), kShift);
}

/// Packs four groups of eight double words into 32 bytes in order.
EARTHSHINE_AVX2 inline __m256i pack(__m256i a, __m256i b, __m256i c, __m256i d) {
  const __m256i mixed = _mm256_packus_epi16(_mm256_packs_epi32(a, b), _mm256_packs_epi32(c, d));
  return _mm256_permutevar8x32_epi32(mixed, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
}

/// Four groups of eight double words as 32 samples in order.
EARTHSHINE_AVX2 inline void store(std::uint8_t* target, __m256i a, __m256i b, __m256i c,
                                  __m256i d) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(target), pack(a, b, c, d));
}

/// Packs two groups of eight double words into 16 words of 10 bits, in order but for the lanes:
/// the first halves of both, then the second ones.
EARTHSHINE_AVX2 inline __m256i pack_words(__m256i a, __m256i b) {
  return _mm256_min_epu16(_mm256_packus_epi32(a, b), _mm256_set1_epi16(1023));
}

EARTHSHINE_AVX2 inline void store(std::uint16_t* target, __m256i a, __m256i b, __m256i c,
                                  __m256i d) {
  constexpr int kInOrder = 0b11'01'10'00;
  auto* vectors = reinterpret_cast<__m256i*>(target);
  _mm256_storeu_si256(vectors, _mm256_permute4x64_epi64(pack_words(a, b), kInOrder));
  _mm256_storeu_si256(vectors + 1, _mm256_permute4x64_epi64(pack_words(c, d), kInOrder));
}

/// 16 samples of chroma. `first` holds what weigh_blocks made of blocks 0…7, which is double words
/// 0 1 4 5 | 2 3 6 7; `second` 8…15.
EARTHSHINE_AVX2 inline void store_blocks(std::uint16_t* target, __m256i first, __m256i second) {
  const __m256i words = pack_words(first, second);
  const __m128i left = _mm256_castsi256_si128(words);
  const __m128i right = _mm256_extracti128_si256(words, 1);
  auto* vectors = reinterpret_cast<__m128i*>(target);
  _mm_storeu_si128(vectors, _mm_unpacklo_epi32(left, right));
  _mm_storeu_si128(vectors + 1, _mm_unpackhi_epi32(left, right));
}

/// The sums of 2×2 pixels: blocks 0 1 | 2 3.
EARTHSHINE_AVX2 inline __m256i block_sums(const Words& top, const Words& bottom) {
  const __m256i low = _mm256_add_epi16(top.low, bottom.low);
  const __m256i high = _mm256_add_epi16(top.high, bottom.high);
  return _mm256_add_epi16(_mm256_unpacklo_epi64(low, high), _mm256_unpackhi_epi64(low, high));
}

template <int kShift>
EARTHSHINE_AVX2 inline __m256i weigh_blocks(__m256i first, __m256i second, __m256i weights,
                                            __m256i offset) {
  const __m256i sums =
      _mm256_hadd_epi32(_mm256_madd_epi16(first, weights), _mm256_madd_epi16(second, weights));
  return _mm256_srai_epi32(_mm256_add_epi32(sums, offset), kShift);
}

template <typename Channel, typename Sample>
EARTHSHINE_AVX2 void convert_420(const RowPair<Channel, Sample>& rows, const ColorMatrix& matrix) {
  constexpr int kLuma = kSampleShift<Sample> + kBits<Channel>;
  constexpr int kBlock = kLuma + 2;
  const __m256i y_weights = spread(matrix.y);
  const __m256i u_weights = spread(matrix.u);
  const __m256i v_weights = spread(matrix.v);
  const __m256i y_offset = _mm256_set1_epi32(matrix.y_offset << kBits<Channel>);
  const __m256i chroma_offset = _mm256_set1_epi32(matrix.chroma_offset << (kBits<Channel> + 2));

  int x = 0;
  for (; x + kStep <= rows.width; x += kStep) {
    const Channel* top = rows.top + 4 * x;
    const Channel* bottom = rows.bottom + 4 * x;
    const Words a = load(top), b = load(top + 32), c = load(top + 64), d = load(top + 96);
    store(rows.y_top + x, weigh<kLuma>(a, y_weights, y_offset),
          weigh<kLuma>(b, y_weights, y_offset), weigh<kLuma>(c, y_weights, y_offset),
          weigh<kLuma>(d, y_weights, y_offset));
    const Words e = load(bottom), f = load(bottom + 32), g = load(bottom + 64),
                h = load(bottom + 96);
    store(rows.y_bottom + x, weigh<kLuma>(e, y_weights, y_offset),
          weigh<kLuma>(f, y_weights, y_offset), weigh<kLuma>(g, y_weights, y_offset),
          weigh<kLuma>(h, y_weights, y_offset));

    const __m256i s0 = block_sums(a, e), s1 = block_sums(b, f), s2 = block_sums(c, g),
                  s3 = block_sums(d, h);
    const __m256i u0 = weigh_blocks<kBlock>(s0, s1, u_weights, chroma_offset),
                  u1 = weigh_blocks<kBlock>(s2, s3, u_weights, chroma_offset),
                  v0 = weigh_blocks<kBlock>(s0, s1, v_weights, chroma_offset),
                  v1 = weigh_blocks<kBlock>(s2, s3, v_weights, chroma_offset);
    if constexpr (sizeof(Sample) == 1) {
      // Lane 0 holds u(a0 a1 b0 b1 c0 c1 d0 d1) v(…), lane 1 u(a2 a3 b2 b3 …) v(…).
      const __m256i mixed =
          _mm256_packus_epi16(_mm256_packs_epi32(u0, u1), _mm256_packs_epi32(v0, v1));
      const __m128i left = _mm256_castsi256_si128(mixed);
      const __m128i right = _mm256_extracti128_si256(mixed, 1);
      _mm_storeu_si128(reinterpret_cast<__m128i*>(rows.u + x / 2), _mm_unpacklo_epi16(left, right));
      _mm_storeu_si128(reinterpret_cast<__m128i*>(rows.v + x / 2), _mm_unpackhi_epi16(left, right));
    } else {
      store_blocks(rows.u + x / 2, u0, u1);
      store_blocks(rows.v + x / 2, v0, v1);
    }
  }
  if (x < rows.width) {
    const RowPair<Channel, Sample> rest{rows.top + 4 * x,  rows.bottom + 4 * x, rows.y_top + x,
                                        rows.y_bottom + x, rows.u + x / 2,      rows.v + x / 2,
                                        rows.width - x};
    if constexpr (sizeof(Channel) == 1) {
      portable<Sample>().convert_420(rest, matrix);
    } else {
      portable<Sample>().convert_scaled_420(rest, matrix);
    }
  }
}

template <typename Channel, typename Sample>
EARTHSHINE_AVX2 void convert_444(const Row<Channel, Sample>& row, const ColorMatrix& matrix) {
  constexpr int kShift = kSampleShift<Sample> + kBits<Channel>;
  const __m256i weights[3] = {spread(matrix.y), spread(matrix.u), spread(matrix.v)};
  const __m256i offsets[3] = {_mm256_set1_epi32(matrix.y_offset << kBits<Channel>),
                              _mm256_set1_epi32(matrix.chroma_offset << kBits<Channel>),
                              _mm256_set1_epi32(matrix.chroma_offset << kBits<Channel>)};
  Sample* const targets[3] = {row.y, row.u, row.v};
  int x = 0;
  for (; x + kStep <= row.width; x += kStep) {
    const Channel* pixels = row.pixels + 4 * x;
    const Words a = load(pixels), b = load(pixels + 32), c = load(pixels + 64),
                d = load(pixels + 96);
    for (int plane = 0; plane < 3; ++plane) {
      const __m256i w = weights[plane];
      const __m256i o = offsets[plane];
      store(targets[plane] + x, weigh<kShift>(a, w, o), weigh<kShift>(b, w, o),
            weigh<kShift>(c, w, o), weigh<kShift>(d, w, o));
    }
  }
  if (x < row.width) {
    const Row<Channel, Sample> rest{row.pixels + 4 * x, row.y + x, row.u + x, row.v + x,
                                    row.width - x};
    if constexpr (sizeof(Channel) == 1) {
      portable<Sample>().convert_444(rest, matrix);
    } else {
      portable<Sample>().convert_scaled_444(rest, matrix);
    }
  }
}

/// kTaps: as many as there are, for the usual counts; 0: any.
template <int kTaps>
EARTHSHINE_AVX2 void accumulate_rows(std::uint16_t* sum, const WeighedRows& rows) {
  const int taps = kTaps > 0 ? kTaps : rows.taps;
  __m256i known[kTaps > 0 ? kTaps : 1];
  for (int tap = 0; tap < kTaps; ++tap) {
    known[tap] = _mm256_set1_epi16(static_cast<std::int16_t>(rows.weights[tap]));
  }
  const __m256i zero = _mm256_setzero_si256();
  const __m256i begin = _mm256_set1_epi16(static_cast<std::int16_t>(rows.taps / 2));
  int i = 0;
  for (; i + 32 <= rows.count; i += 32) {
    __m256i low = begin;
    __m256i high = begin;
    const std::uint8_t* source = rows.first + i;
    for (int tap = 0; tap < taps; ++tap, source += rows.stride) {
      const __m256i weights =
          kTaps > 0 ? known[tap] : _mm256_set1_epi16(static_cast<std::int16_t>(rows.weights[tap]));
      const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(source));
      low = _mm256_add_epi16(low, _mm256_mulhi_epu16(_mm256_unpacklo_epi8(zero, bytes), weights));
      high = _mm256_add_epi16(high, _mm256_mulhi_epu16(_mm256_unpackhi_epi8(zero, bytes), weights));
    }
    auto* target = reinterpret_cast<__m256i*>(sum + i);
    _mm256_storeu_si256(target, _mm256_permute2x128_si256(low, high, 0x20));
    _mm256_storeu_si256(target + 1, _mm256_permute2x128_si256(low, high, 0x31));
  }
  if (i < rows.count) {
    portable_row_kernels().accumulate(
        sum + i, {rows.first + i, rows.stride, rows.weights, rows.taps, rows.count - i});
  }
}

EARTHSHINE_AVX2 void accumulate(std::uint16_t* sum, const WeighedRows& rows) {
  if (rows.taps == 2) return accumulate_rows<2>(sum, rows);
  accumulate_rows<0>(sum, rows);
}

/// Two pixels each from two places, weighed.
EARTHSHINE_AVX2 inline __m256i weigh_pairs(const std::uint16_t* left, const std::uint16_t* right,
                                           const std::uint16_t* weights) {
  const __m256i pixels = _mm256_inserti128_si256(
      _mm256_castsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(left))),
      _mm_loadu_si128(reinterpret_cast<const __m128i*>(right)), 1);
  return _mm256_mulhi_epu16(pixels, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(weights)));
}

/// kPairs: as many pairs as the taps have, for the usual counts; 0: any.
template <int kPairs>
EARTHSHINE_AVX2 void squeeze_columns(std::uint16_t* target, const std::uint16_t* row,
                                     const HorizontalTaps& taps, int begin, int end) {
  const int pairs = kPairs > 0 ? kPairs : taps.pairs;
  const __m256i half =
      _mm256_set1_epi16(static_cast<std::int16_t>(pairs + (1 << (7 - kScaledBits))));
  const std::int32_t* starts = taps.starts.data() + begin;
  const std::uint16_t* weights =
      taps.weights.data() + static_cast<std::ptrdiff_t>(begin) * pairs * 8;
  for (int x = begin; x < end; x += 8, starts += 8, target += 32) {
    __m256i even_left = _mm256_setzero_si256(), even_right = even_left;
    __m256i odd_left = even_left, odd_right = even_left;
    for (int pair = 0; pair < pairs; ++pair, weights += 64) {
      const std::uint16_t* source = row + static_cast<std::ptrdiff_t>(pair) * 8;
      even_left =
          _mm256_add_epi16(even_left, weigh_pairs(source + starts[0], source + starts[2], weights));
      even_right = _mm256_add_epi16(
          even_right, weigh_pairs(source + starts[4], source + starts[6], weights + 16));
      odd_left = _mm256_add_epi16(
          odd_left, weigh_pairs(source + starts[1], source + starts[3], weights + 32));
      odd_right = _mm256_add_epi16(
          odd_right, weigh_pairs(source + starts[5], source + starts[7], weights + 48));
    }
    const auto finish = [half](__m256i even, __m256i odd) EARTHSHINE_AVX2 {
      const __m256i sum =
          _mm256_add_epi16(_mm256_unpacklo_epi64(even, odd), _mm256_unpackhi_epi64(even, odd));
      return _mm256_srli_epi16(_mm256_add_epi16(sum, half), 8 - kScaledBits);
    };
    auto* out = reinterpret_cast<__m256i*>(target);
    _mm256_storeu_si256(out, finish(even_left, odd_left));
    _mm256_storeu_si256(out + 1, finish(even_right, odd_right));
  }
}

EARTHSHINE_AVX2 void squeeze(std::uint16_t* target, const std::uint16_t* row,
                             const HorizontalTaps& taps, int begin, int end) {
  if (taps.pairs == 1) return squeeze_columns<1>(target, row, taps, begin, end);
  if (taps.pairs == 2) return squeeze_columns<2>(target, row, taps, begin, end);
  squeeze_columns<0>(target, row, taps, begin, end);
}

template <typename Sample>
constexpr ConversionKernels<Sample> kConversions{
    convert_420<std::uint8_t, Sample>, convert_444<std::uint8_t, Sample>,
    convert_420<std::uint16_t, Sample>, convert_444<std::uint16_t, Sample>};

}  // namespace

const RowKernels* avx2_row_kernels() {
  static constexpr RowKernels kernels{"avx2", kConversions<std::uint8_t>,
                                      kConversions<std::uint16_t>, accumulate, squeeze};
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
