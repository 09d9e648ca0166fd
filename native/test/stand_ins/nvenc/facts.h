#pragma once

#include <cstdint>

namespace earthshine::stand_in {

/// What the stand-in of libnvidia-encode was last told. Found by the name "nvenc_stand_in_facts" in
/// libnvidia-encode.so.1.
struct NvencFacts {
  int frames = 0, idr_frames = 0;
  /// NV_ENC_INITIALIZE_PARAMS and its configuration
  int tuning = 0;
  bool look_ahead = true, asynchronous = true;
  std::uint32_t group_length = 0;
  int interval = 0;
  std::uint32_t slices = 0, reference_frames = 0;
  bool parameter_sets_repeated = false;
  bool full_range = false;
  int primaries = 0, transfer = 0, matrix = 0;
  bool restriction = false;
  bool full_chroma = false;
  int bit_depth = 8;
  /// the newest session's buffer for pictures
  const std::uint8_t* input = nullptr;
  int pitch = 0;
  std::uint32_t bits_per_second = 0, buffer_bits = 0, least_quantizer = 0;
  /// reconfigurations, and whether one of them reset the encoder
  int changes = 0;
  bool was_reset = false;
  int invalidations = 0;
  /// sessions, buffers and contexts that are alive
  int objects = 0;
};

using NvencFactsFunction = NvencFacts*();

}  // namespace earthshine::stand_in
