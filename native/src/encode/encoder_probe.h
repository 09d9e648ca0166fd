#pragma once

#include <string>
#include <vector>

#include "encode/encoder.h"

namespace earthshine {

/// What an encoder can do in one of its profiles.
struct ProfileProbe {
  /// EncoderProfile's
  std::string name;
  Chroma chroma = Chroma::k420;
  int bit_depth = 8;
  /// luma samples a second that it encoded of a picture that moves everywhere; 0: not measured
  /// (EncoderKind::pace)
  double samples_per_second = 0;
  /// They were those of its least effort, with which it serves every mode.
  bool bends = false;
  /// empty when usable
  std::string fault{};
};

/// What one encoder can do on this machine, found out by opening it.
struct EncoderProbe {
  /// EncoderKind::name
  std::string name;
  /// what it says of itself when it is open; empty when it cannot be opened
  std::string description{};
  VideoCodec codec = VideoCodec::kH264;
  std::vector<ProfileProbe> profiles{};
  bool invalidation = false;
  /// why none of its profiles is usable; empty when one is
  std::string fault{};
};

/// Opens every encoder of the table (encoder_kinds) once in each of its profiles and encodes
/// pictures. One entry for each codec of an encoder.
///
/// @param gpu EncoderSettings::gpu
std::vector<EncoderProbe> probe_encoders(const std::string& gpu = "");

}  // namespace earthshine
