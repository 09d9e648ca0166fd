#pragma once

#include <string>
#include <vector>

#include "encode/encoder.h"

namespace earthshine {

/// What one encoder can do on this machine, found out by opening it.
struct EncoderProbe {
  std::string name;
  VideoCodec codec = VideoCodec::kH264;
  std::vector<Chroma> chroma;
  std::vector<int> bit_depths;
  bool invalidation = false;
  /// empty when usable
  std::string fault;
};

/// Opens every encoder once in each chroma format and encodes a picture.
std::vector<EncoderProbe> probe_encoders();

}  // namespace earthshine
