#pragma once

#include <string>
#include <vector>

#include "encode/encoder.h"

namespace earthshine {

/// What one encoder can do on this machine, found out by opening it.
struct EncoderProbe {
  /// EncoderKind::name
  std::string name;
  /// what it says of itself when it is open; empty when it cannot be opened
  std::string description{};
  VideoCodec codec = VideoCodec::kH264;
  std::vector<Chroma> chroma{};
  std::vector<int> bit_depths{};
  bool invalidation = false;
  /// empty when usable
  std::string fault{};
};

/// Opens every encoder of the table (encoder_kinds) once in each of its profiles and encodes a
/// picture. One entry for each codec of an encoder.
std::vector<EncoderProbe> probe_encoders();

}  // namespace earthshine
