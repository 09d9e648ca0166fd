#pragma once

#include <cstdint>
#include <span>

#include "encode/encoder.h"
#include "encode/headers/bit_writer.h"

namespace earthshine {

/// What the headers of an HEVC stream of ours say: Main or Main 10, frames in the order of display,
/// the newest frames kept as references.
struct HevcStream {
  /// of the picture; the coded size is rounded up to the smallest coding block
  int width = 0, height = 0;
  YuvFormat format;
  int rate_numerator = 60, rate_denominator = 1;
  /// thirty times the level: 123 is 4.1
  int level = 123;
  bool high_tier = false;
  int reference_frames = 4;
  /// powers of two, as the encoder's block sizes allow
  int least_coding_block = 8, coding_tree_block = 64, least_transform = 4, largest_transform = 32;
  int transform_depth = 0;
  bool amp = true, sao = false, strong_intra = false, temporal_motion = false;
  /// The encoder has no P slices: they are B slices with the same reference in both lists.
  bool only_b = false;
  /// a quantizer may be another one in each block, which rate control needs
  bool quantizer_deltas = true;
  int initial_quantizer = 26;

  [[nodiscard]] int coded_width() const {
    return (width + least_coding_block - 1) / least_coding_block * least_coding_block;
  }
  [[nodiscard]] int coded_height() const {
    return (height + least_coding_block - 1) / least_coding_block * least_coding_block;
  }
  [[nodiscard]] int columns() const { return (width + coding_tree_block - 1) / coding_tree_block; }
  [[nodiscard]] int rows() const { return (height + coding_tree_block - 1) / coding_tree_block; }
};

/// As many bits as the standard allows for the count of pictures.
inline constexpr int kHevcOrderBits = 16;

/// A frame that the decoder is to keep.
struct HevcKept {
  /// frames back from this one
  std::uint32_t distance = 1;
  /// this one is predicted from it
  bool used = false;
};

struct HevcSlice {
  bool idr = false;
  /// of the first coding tree block, in raster order
  int first_block = 0;
  /// frames since the IDR
  std::uint32_t order = 0;
  /// the nearest first; one of them is used
  std::span<const HevcKept> kept{};
};

PackedBits hevc_video_parameters(const HevcStream& stream);
PackedBits hevc_sequence_parameters(const HevcStream& stream);
PackedBits hevc_picture_parameters(const HevcStream& stream);
/// Up to the first coding tree block.
PackedBits hevc_slice_header(const HevcStream& stream, const HevcSlice& slice);

/// Thirty times the lowest level and its tier that fit (table A.8, A.9); the highest when none
/// does.
struct HevcLevel {
  int level = 186;
  bool high_tier = false;
};
HevcLevel hevc_level(const EncoderSettings& settings);

}  // namespace earthshine
