#include "encode/encoder_probe.h"

namespace earthshine {
namespace {

/// Empty when a small picture came out as an IDR.
std::string try_out(const EncoderSettings& settings) {
  auto encoder = open_encoder(settings);
  if (!encoder) return encoder.fault().message;
  YuvPicture picture(settings.width, settings.height, settings.format);
  picture.clear_around({0, 0, settings.width, settings.height});
  auto unit = encoder.value()->encode({.picture = picture, .captured = now()});
  if (!unit) return unit.fault().message;
  return unit.value().type == FrameType::kIdr ? "" : "The first frame was no IDR.";
}

}  // namespace

std::vector<EncoderProbe> probe_encoders() {
  EncoderProbe x264;
  x264.name = "x264";
  for (const Chroma chroma : {Chroma::k420, Chroma::k444}) {
    EncoderSettings settings;
    settings.format.chroma = chroma;
    settings.width = 320;
    settings.height = 180;
    settings.bitrate_kbps = 1000;
    const std::string fault = try_out(settings);
    if (fault.empty()) {
      x264.chroma.push_back(chroma);
    } else {
      x264.fault = fault;
    }
  }
  // One chroma format that works makes it usable.
  if (!x264.chroma.empty()) {
    x264.bit_depths = {8};
    x264.invalidation = true;
    x264.fault.clear();
  }
  return {x264};
}

}  // namespace earthshine
