#include "convert/row_kernels.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <vector>

namespace earthshine {
namespace {

template <typename Sample>
Sample clamp_sample(std::int32_t value) {
  return static_cast<Sample>(std::clamp(value, 0, (1 << kSampleBits<Sample>)-1));
}

/// Bits behind the point of a channel.
template <typename Channel>
constexpr int kBits = sizeof(Channel) == 1 ? 0 : kScaledBits;

template <typename Sample, typename Channel>
Sample weigh(const Channel* pixel, const std::int16_t (&weights)[3], std::int32_t offset) {
  const std::int32_t sum = pixel[0] * weights[0] + pixel[1] * weights[1] + pixel[2] * weights[2] +
                           (offset << kBits<Channel>);
  return clamp_sample<Sample>(sum >> (kSampleShift<Sample> + kBits<Channel>));
}

template <typename Channel, typename Sample>
void convert_420(const RowPair<Channel, Sample>& rows, const ColorMatrix& matrix) {
  for (int x = 0; x < rows.width; ++x) {
    rows.y_top[x] = weigh<Sample>(rows.top + 4 * x, matrix.y, matrix.y_offset);
    rows.y_bottom[x] = weigh<Sample>(rows.bottom + 4 * x, matrix.y, matrix.y_offset);
  }
  // Sums of four pixels, so everything is four times as large.
  constexpr int kShift = 2 + kBits<Channel>;
  const std::int32_t offset = matrix.chroma_offset << kShift;
  for (int x = 0; x < rows.width; x += 2) {
    const int next = x + 1 < rows.width ? x + 1 : x;
    std::int32_t u = offset;
    std::int32_t v = offset;
    for (int channel = 0; channel < 3; ++channel) {
      const std::int32_t sum = rows.top[4 * x + channel] + rows.top[4 * next + channel] +
                               rows.bottom[4 * x + channel] + rows.bottom[4 * next + channel];
      u += sum * matrix.u[channel];
      v += sum * matrix.v[channel];
    }
    rows.u[x / 2] = clamp_sample<Sample>(u >> (kSampleShift<Sample> + kShift));
    rows.v[x / 2] = clamp_sample<Sample>(v >> (kSampleShift<Sample> + kShift));
  }
}

template <typename Channel, typename Sample>
void convert_444(const Row<Channel, Sample>& row, const ColorMatrix& matrix) {
  for (int x = 0; x < row.width; ++x) {
    row.y[x] = weigh<Sample>(row.pixels + 4 * x, matrix.y, matrix.y_offset);
    row.u[x] = weigh<Sample>(row.pixels + 4 * x, matrix.u, matrix.chroma_offset);
    row.v[x] = weigh<Sample>(row.pixels + 4 * x, matrix.v, matrix.chroma_offset);
  }
}

void accumulate(std::uint16_t* sum, const WeighedRows& rows) {
  for (int i = 0; i < rows.count; ++i) {
    std::uint32_t value = rows.taps / 2;
    for (int tap = 0; tap < rows.taps; ++tap) {
      value += (static_cast<std::uint32_t>(rows.first[tap * rows.stride + i]) << 8) *
                   rows.weights[tap] >>
               16;
    }
    sum[i] = static_cast<std::uint16_t>(value);
  }
}

void squeeze(std::uint16_t* target, const std::uint16_t* row, const HorizontalTaps& taps, int begin,
             int end) {
  for (int x = begin; x < end; ++x) {
    const std::uint16_t* weights = taps.weights.data() + horizontal_weight_offset(x, taps.pairs);
    for (int channel = 0; channel < 4; ++channel) {
      const std::uint16_t* source = row + taps.starts[x] + channel;
      // Half of what cutting off loses, and half of the last place that is left.
      std::uint32_t sum = taps.pairs + (1 << (7 - kScaledBits));
      for (int pair = 0; pair < taps.pairs; ++pair) {
        sum += (static_cast<std::uint32_t>(source[8 * pair]) * weights[64 * pair]) >> 16;
        sum += (static_cast<std::uint32_t>(source[8 * pair + 4]) * weights[64 * pair + 4]) >> 16;
      }
      target[4 * (x - begin) + channel] = static_cast<std::uint16_t>(sum >> (8 - kScaledBits));
    }
  }
}

template <typename Sample>
constexpr ConversionKernels<Sample> kConversions{
    convert_420<std::uint8_t, Sample>, convert_444<std::uint8_t, Sample>,
    convert_420<std::uint16_t, Sample>, convert_444<std::uint16_t, Sample>};

}  // namespace

const RowKernels& portable_row_kernels() {
  static constexpr RowKernels kernels{"portable", kConversions<std::uint8_t>,
                                      kConversions<std::uint16_t>, accumulate, squeeze};
  return kernels;
}

std::span<const RowKernels* const> row_kernel_sets() {
  static const std::vector<const RowKernels*> sets = [] {
    std::vector<const RowKernels*> usable{&portable_row_kernels()};
    if (avx2_row_kernels() != nullptr) usable.push_back(avx2_row_kernels());
    return usable;
  }();
  return sets;
}

const RowKernels& row_kernels() {
  static const RowKernels& chosen = []() -> const RowKernels& {
    const auto sets = row_kernel_sets();
    if (const char* wanted = std::getenv("EARTHSHINE_CONVERT_KERNEL"); wanted != nullptr) {
      for (const RowKernels* each : sets) {
        if (std::string_view(each->name) == wanted) return *each;
      }
    }
    return *sets.back();
  }();
  return chosen;
}

}  // namespace earthshine
