#include "encode/headers/hevc_headers.h"

#include <algorithm>
#include <bit>

#include "encode/headers/color_description.h"

namespace earthshine {
namespace {

// ITU-T H.265, tables 7-1 and 7-7.
constexpr std::uint32_t kTrailing = 1, kIdr = 19, kVideo = 32, kSequence = 33, kPicture = 34;
constexpr std::uint32_t kB = 0, kP = 1, kI = 2;

BitWriter unit(std::uint32_t type) {
  BitWriter bits;
  bits.u(0, 1);
  bits.u(type, 6);
  bits.u(0, 6);
  bits.u(1, 3);
  return bits;
}

int log2_of(int power) {
  return std::countr_zero(static_cast<unsigned>(power));
}

void ue(BitWriter& bits, int value) {
  bits.ue(static_cast<std::uint32_t>(value));
}

/// §7.3.3.
void write_profile_tier_level(BitWriter& bits, const HevcStream& stream) {
  const bool deep = stream.format.bit_depth == 10;
  const std::uint32_t profile = deep ? 2 : 1;
  bits.u(0, 2);
  bits.flag(stream.high_tier);
  bits.u(profile, 5);
  for (std::uint32_t i = 0; i < 32; ++i) {
    // What a decoder of Main can, one of Main 10 can as well.
    bits.flag(i == profile || (!deep && i == 2));
  }
  bits.flag(true);   // progressive
  bits.flag(false);  // not interlaced
  bits.flag(true);   // no packed frames
  bits.flag(true);   // frames only
  bits.u(0, 32);
  bits.u(0, 11);
  bits.flag(false);
  bits.u(static_cast<std::uint32_t>(stream.level), 8);
}

/// One layer: nothing is reordered, so a decoder holds no picture back.
void write_buffering(BitWriter& bits, const HevcStream& stream) {
  bits.flag(true);
  ue(bits, stream.reference_frames);
  bits.ue(0);
  bits.ue(0);
}

/// Annex E.
void write_vui(BitWriter& bits, const HevcStream& stream) {
  const ColorDescription color = color_description(stream.format);
  bits.flag(false);
  bits.flag(false);
  bits.flag(true);
  bits.u(5, 3);
  bits.flag(stream.format.full_range);
  bits.flag(true);
  bits.u(color.primaries, 8);
  bits.u(color.transfer, 8);
  bits.u(color.matrix, 8);
  bits.flag(true);
  // Chroma is the mean of 2×2 pixels, so it lies in their middle.
  bits.ue(1);
  bits.ue(1);
  bits.flag(false);
  bits.flag(false);
  bits.flag(false);
  bits.flag(false);
  bits.flag(true);
  bits.u(static_cast<std::uint32_t>(stream.rate_denominator), 32);
  bits.u(static_cast<std::uint32_t>(stream.rate_numerator), 32);
  bits.flag(false);
  bits.flag(false);
  bits.flag(true);
  bits.flag(false);
  bits.flag(true);
  bits.flag(true);  // slices refer to the same pictures
  bits.ue(0);
  bits.ue(0);
  bits.ue(0);
  bits.ue(15);
  bits.ue(15);
}

/// §7.3.7, written in the slice itself: the kept frames lie before this one.
void write_reference_set(BitWriter& bits, const HevcSlice& slice) {
  ue(bits, static_cast<int>(slice.kept.size()));
  bits.ue(0);
  std::uint32_t before = 0;
  for (const HevcKept& kept : slice.kept) {
    bits.ue(kept.distance - before - 1);
    bits.flag(kept.used);
    before = kept.distance;
  }
}

struct Limit {
  int level;
  std::int64_t samples, rate;
  int main_kbps, high_kbps;
};
constexpr Limit kLimits[]{{90, 552'960, 16'588'800, 6'000, 0},
                          {93, 983'040, 33'177'600, 10'000, 0},
                          {120, 2'228'224, 66'846'720, 12'000, 30'000},
                          {123, 2'228'224, 133'693'440, 20'000, 50'000},
                          {150, 8'912'896, 267'386'880, 25'000, 100'000},
                          {153, 8'912'896, 534'773'760, 40'000, 160'000},
                          {156, 8'912'896, 1'069'547'520, 60'000, 240'000},
                          {180, 35'651'584, 1'069'547'520, 60'000, 240'000},
                          {183, 35'651'584, 2'139'095'040, 120'000, 480'000},
                          {186, 35'651'584, 4'278'190'080, 240'000, 800'000}};

}  // namespace

HevcLevel hevc_level(const EncoderSettings& settings) {
  const std::int64_t samples = static_cast<std::int64_t>(settings.width) * settings.height;
  const std::int64_t rate = samples * settings.rate_numerator / settings.rate_denominator;
  for (const Limit& limit : kLimits) {
    if (samples > limit.samples || rate > limit.rate) continue;
    // A side is at most the root of eight times the samples.
    const std::int64_t side = std::max(settings.width, settings.height);
    if (side * side > 8 * limit.samples) continue;
    if (settings.bitrate_kbps <= limit.main_kbps) return {limit.level, false};
    if (settings.bitrate_kbps <= limit.high_kbps) return {limit.level, true};
  }
  return {186, true};
}

PackedBits hevc_video_parameters(const HevcStream& stream) {
  BitWriter bits = unit(kVideo);
  bits.u(0, 4);
  bits.u(3, 2);
  bits.u(0, 6);
  bits.u(0, 3);
  bits.flag(true);
  bits.u(0xFFFF, 16);
  write_profile_tier_level(bits, stream);
  write_buffering(bits, stream);
  bits.u(0, 6);
  bits.ue(0);
  bits.flag(true);
  bits.u(static_cast<std::uint32_t>(stream.rate_denominator), 32);
  bits.u(static_cast<std::uint32_t>(stream.rate_numerator), 32);
  bits.flag(false);
  bits.ue(0);
  bits.flag(false);
  bits.trailing();
  return annex_b(bits);
}

PackedBits hevc_sequence_parameters(const HevcStream& stream) {
  BitWriter bits = unit(kSequence);
  bits.u(0, 4);
  bits.u(0, 3);
  bits.flag(true);
  write_profile_tier_level(bits, stream);
  bits.ue(0);
  bits.ue(1);  // 4:2:0
  ue(bits, stream.coded_width());
  ue(bits, stream.coded_height());
  const int right = stream.coded_width() - stream.width;
  const int bottom = stream.coded_height() - stream.height;
  bits.flag(right > 0 || bottom > 0);
  if (right > 0 || bottom > 0) {
    // In chroma samples.
    bits.ue(0);
    ue(bits, right / 2);
    bits.ue(0);
    ue(bits, bottom / 2);
  }
  ue(bits, stream.format.bit_depth - 8);
  ue(bits, stream.format.bit_depth - 8);
  bits.ue(kHevcOrderBits - 4);
  write_buffering(bits, stream);
  ue(bits, log2_of(stream.least_coding_block) - 3);
  ue(bits, log2_of(stream.coding_tree_block) - log2_of(stream.least_coding_block));
  ue(bits, log2_of(stream.least_transform) - 2);
  ue(bits, log2_of(stream.largest_transform) - log2_of(stream.least_transform));
  ue(bits, stream.transform_depth);
  ue(bits, stream.transform_depth);
  bits.flag(false);  // no scaling lists
  bits.flag(stream.amp);
  bits.flag(stream.sao);
  bits.flag(false);  // no PCM
  bits.ue(0);        // reference sets stand in the slices
  bits.flag(false);  // no long-term references
  bits.flag(stream.temporal_motion);
  bits.flag(stream.strong_intra);
  bits.flag(true);
  write_vui(bits, stream);
  bits.flag(false);
  bits.trailing();
  return annex_b(bits);
}

PackedBits hevc_picture_parameters(const HevcStream& stream) {
  BitWriter bits = unit(kPicture);
  bits.ue(0);
  bits.ue(0);
  bits.flag(false);
  bits.flag(false);
  bits.u(0, 3);
  bits.flag(false);  // no sign hiding
  bits.flag(false);
  bits.ue(0);  // one reference
  bits.ue(0);
  bits.se(stream.initial_quantizer - 26);
  bits.flag(false);
  bits.flag(false);
  bits.flag(stream.quantizer_deltas);
  if (stream.quantizer_deltas) bits.ue(0);
  bits.se(0);
  bits.se(0);
  bits.flag(false);
  bits.flag(false);
  bits.flag(false);
  bits.flag(false);
  bits.flag(false);  // no tiles
  bits.flag(false);  // no wavefronts
  bits.flag(true);   // filters across slices
  bits.flag(false);  // deblocking as it is by default
  bits.flag(false);
  bits.flag(false);  // lists are not modified: the reference set has what is used
  bits.ue(0);
  bits.flag(false);
  bits.flag(false);
  bits.trailing();
  return annex_b(bits);
}

PackedBits hevc_slice_header(const HevcStream& stream, const HevcSlice& slice) {
  BitWriter bits = unit(slice.idr ? kIdr : kTrailing);
  const bool first = slice.first_block == 0;
  bits.flag(first);
  if (slice.idr) bits.flag(false);
  bits.ue(0);
  if (!first) {
    const int blocks = stream.columns() * stream.rows();
    bits.u(static_cast<std::uint32_t>(slice.first_block),
           std::bit_width(static_cast<unsigned>(blocks - 1)));
  }
  bits.ue(slice.idr ? kI : stream.only_b ? kB : kP);
  if (!slice.idr) {
    bits.u(slice.order % (1U << kHevcOrderBits), kHevcOrderBits);
    bits.flag(false);
    write_reference_set(bits, slice);
    if (stream.temporal_motion) bits.flag(false);
  }
  if (stream.sao) {
    bits.flag(true);
    bits.flag(true);
  }
  if (!slice.idr) {
    bits.flag(false);  // one reference, as the picture parameters say
    if (stream.only_b) bits.flag(false);
    // The candidates for merging: five.
    bits.ue(0);
  }
  bits.se(0);
  bits.flag(true);  // pps_loop_filter_across_slices is on, so each slice says so
  bits.trailing();
  return annex_b(bits);
}

}  // namespace earthshine
