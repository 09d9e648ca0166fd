#include "encode/encoder.h"

#include "encode/x264_encoder.h"

namespace earthshine {

Result<std::unique_ptr<Encoder>> open_encoder(const EncoderSettings& settings) {
  if (settings.codec != VideoCodec::kH264) {
    return Fault{"This host encodes H.264 only: choose H.264 (or automatic) in the client."};
  }
  return X264Encoder::open(settings);
}

}  // namespace earthshine
