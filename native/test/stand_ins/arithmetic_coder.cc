#include "arithmetic_coder.h"

#include <algorithm>

namespace earthshine::stand_in {
namespace {

/// H.264 table 9-44, HEVC table 9-52: the range of the less likely bin.
constexpr std::array<std::array<std::uint8_t, 4>, 64> kRanges{{
    {128, 176, 208, 240}, {128, 167, 197, 227}, {128, 158, 187, 216}, {123, 150, 178, 205},
    {116, 142, 169, 195}, {111, 135, 160, 185}, {105, 128, 152, 175}, {100, 122, 144, 166},
    {95, 116, 137, 158},  {90, 110, 130, 150},  {85, 104, 123, 142},  {81, 99, 117, 135},
    {77, 94, 111, 128},   {73, 89, 105, 122},   {69, 85, 100, 116},   {66, 80, 95, 110},
    {62, 76, 90, 104},    {59, 72, 86, 99},     {56, 69, 81, 94},     {53, 65, 77, 89},
    {51, 62, 73, 85},     {48, 59, 69, 80},     {46, 56, 66, 76},     {43, 53, 63, 72},
    {41, 50, 59, 69},     {39, 48, 56, 65},     {37, 45, 54, 62},     {35, 43, 51, 59},
    {33, 41, 48, 56},     {32, 39, 46, 53},     {30, 37, 43, 50},     {29, 35, 41, 48},
    {27, 33, 39, 45},     {26, 31, 37, 43},     {24, 30, 35, 41},     {23, 28, 33, 39},
    {22, 27, 32, 37},     {21, 26, 30, 35},     {20, 24, 29, 33},     {19, 23, 27, 31},
    {18, 22, 26, 30},     {17, 21, 25, 28},     {16, 20, 23, 27},     {15, 19, 22, 25},
    {14, 18, 21, 24},     {14, 17, 20, 23},     {13, 16, 19, 22},     {12, 15, 18, 21},
    {12, 14, 17, 20},     {11, 14, 16, 19},     {11, 13, 15, 18},     {10, 12, 15, 17},
    {10, 12, 14, 16},     {9, 11, 13, 15},      {9, 11, 12, 14},      {8, 10, 12, 14},
    {8, 9, 11, 13},       {7, 9, 11, 12},       {7, 9, 10, 12},       {7, 8, 10, 11},
    {6, 8, 9, 11},        {6, 7, 9, 10},        {6, 7, 8, 9},         {2, 2, 2, 2},
}};
/// H.264 table 9-45, HEVC table 9-53: the state after the less likely bin.
constexpr std::array<std::uint8_t, 64> kAfterUnlikely{
    0,  0,  1,  2,  2,  4,  4,  5,  6,  7,  8,  9,  9,  11, 11, 12, 13, 13, 15, 15, 16, 16,
    18, 18, 19, 19, 21, 21, 22, 22, 23, 24, 24, 25, 26, 26, 27, 27, 28, 29, 29, 30, 30, 30,
    31, 32, 32, 33, 33, 33, 34, 34, 35, 35, 35, 36, 36, 36, 37, 37, 37, 38, 38, 63};

}  // namespace

CoderContext CoderContext::of(int m, int n, int quantizer) {
  const int value = std::clamp((m * std::clamp(quantizer, 0, 51) >> 4) + n, 1, 126);
  if (value <= 63) return {static_cast<std::uint8_t>(63 - value), 0};
  return {static_cast<std::uint8_t>(value - 64), 1};
}

void ArithmeticCoder::restart() {
  low_ = 0;
  range_ = 510;
  outstanding_ = 0;
  first_ = true;
}

void ArithmeticCoder::put(unsigned bit) {
  // The very first one is always zero, and no decoder expects it.
  if (!first_) bits_.put(bit);
  first_ = false;
  for (; outstanding_ > 0; --outstanding_) bits_.put(1 - bit);
}

void ArithmeticCoder::renormalize() {
  for (; range_ < 256; range_ <<= 1, low_ <<= 1) {
    if (low_ >= 512) {
      put(1);
      low_ -= 512;
    } else if (low_ < 256) {
      put(0);
    } else {
      ++outstanding_;
      low_ -= 256;
    }
  }
}

void ArithmeticCoder::encode(CoderContext& context, unsigned bin) {
  const unsigned unlikely = kRanges[context.state][range_ >> 6 & 3U];
  range_ -= unlikely;
  if (bin == context.likely) {
    context.state = static_cast<std::uint8_t>(std::min(context.state + 1, 62));
  } else {
    low_ += range_;
    range_ = unlikely;
    if (context.state == 0) context.likely = 1 - context.likely;
    context.state = kAfterUnlikely[context.state];
  }
  renormalize();
}

void ArithmeticCoder::bypass(unsigned bin) {
  low_ <<= 1;
  if (bin != 0) low_ += range_;
  if (low_ >= 1024) {
    put(1);
    low_ -= 1024;
  } else if (low_ < 512) {
    put(0);
  } else {
    ++outstanding_;
    low_ -= 512;
  }
}

void ArithmeticCoder::terminate(unsigned bin) {
  range_ -= 2;
  if (bin == 0) {
    renormalize();
    return;
  }
  low_ += range_;
  range_ = 2;
  renormalize();
  put(low_ >> 9 & 1U);
  bits_.put(low_ >> 8 & 1U);
  // The stop bit of the slice, or the last before the samples of a block.
  bits_.put(1);
}

}  // namespace earthshine::stand_in
