#include "encode/encoder_probe.h"

#include <algorithm>

#include "encode/encoder_kinds.h"

namespace earthshine {
namespace {

/// Empty when a small picture came out as an IDR; then `description` is the encoder's own.
std::string try_out(const EncoderKind& kind, const EncoderSettings& settings,
                    std::string& description) {
  auto encoder = kind.open(settings);
  if (!encoder) return encoder.fault().message;
  YuvPicture picture(settings.width, settings.height, settings.format);
  picture.clear_around({0, 0, settings.width, settings.height});
  auto unit = encoder.value()->encode({.picture = &picture, .captured = now()});
  if (!unit) return unit.fault().message;
  if (unit.value().type != FrameType::kIdr) return "The first frame was no IDR.";
  description = encoder.value()->description();
  return "";
}

template <typename T>
void add_once(std::vector<T>& list, T value) {
  if (std::find(list.begin(), list.end(), value) == list.end()) list.push_back(value);
}

/// One of them for each codec.
EncoderProbe& entry(std::vector<EncoderProbe>& probes, const EncoderKind& kind, VideoCodec codec) {
  const auto found = std::find_if(probes.begin(), probes.end(), [&](const EncoderProbe& probe) {
    return probe.codec == codec && probe.name == kind.name;
  });
  if (found != probes.end()) return *found;
  probes.push_back({.name = kind.name, .codec = codec});
  return probes.back();
}

void probe_profile(EncoderProbe& probe, const EncoderKind& kind, const EncoderProfile& profile) {
  EncoderSettings settings;
  settings.codec = profile.codec;
  settings.format.chroma = profile.chroma;
  settings.bit_depth = profile.bit_depth;
  settings.width = 320;
  settings.height = 180;
  settings.bitrate_kbps = 1000;
  std::string description;
  const std::string fault = try_out(kind, settings, description);
  if (!fault.empty()) {
    probe.fault = fault;
    return;
  }
  if (probe.description.empty()) probe.description = description;
  add_once(probe.chroma, profile.chroma);
  add_once(probe.bit_depths, profile.bit_depth);
  probe.invalidation = kind.invalidation;
}

}  // namespace

std::vector<EncoderProbe> probe_encoders() {
  std::vector<EncoderProbe> probes;
  for (const EncoderKind& kind : encoder_kinds()) {
    for (const EncoderProfile& profile : kind.profiles) {
      probe_profile(entry(probes, kind, profile.codec), kind, profile);
    }
  }
  // One profile that works makes it usable.
  for (EncoderProbe& probe : probes) {
    if (!probe.chroma.empty()) probe.fault.clear();
  }
  return probes;
}

}  // namespace earthshine
