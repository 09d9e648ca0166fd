#include "encode/encoder.h"

#include <algorithm>
#include <array>
#include <string>

#include "encode/encoder_kinds.h"

namespace earthshine {
namespace {

constexpr std::array kCodecs{VideoCodec::kH264, VideoCodec::kHevc, VideoCodec::kAv1};

bool has_codec(VideoCodec codec) {
  const auto kinds = encoder_kinds();
  return std::any_of(kinds.begin(), kinds.end(), [&](const EncoderKind& kind) {
    return std::any_of(kind.profiles.begin(), kind.profiles.end(),
                       [&](const auto& profile) { return profile.codec == codec; });
  });
}

/// "H.264", or "H.264 and HEVC".
std::string codecs_here() {
  std::string names;
  for (const VideoCodec codec : kCodecs) {
    if (!has_codec(codec)) continue;
    if (!names.empty()) names += " and ";
    names += codec_name(codec);
  }
  return names;
}

Fault not_offered(const EncoderSettings& settings) {
  if (!has_codec(settings.codec)) {
    return Fault{"This host encodes " + codecs_here() + " only: choose " + codecs_here() +
                 " (or automatic) in the client."};
  }
  return Fault{std::string("This host does not encode ") + codec_name(settings.codec) + " with " +
               std::to_string(settings.format.bit_depth) + " bits and " +
               (settings.format.chroma == Chroma::k444 ? "4:4:4" : "4:2:0") + "."};
}

/// Those that may be tried, the first one first.
std::vector<const EncoderKind*> in_order(const EncoderSettings& settings) {
  const auto kinds = encoder_kinds();
  std::vector<const EncoderKind*> result;
  for (const std::string& name : settings.kinds) {
    const auto found = std::find_if(kinds.begin(), kinds.end(),
                                    [&](const EncoderKind& kind) { return kind.name == name; });
    if (found != kinds.end()) result.push_back(&*found);
  }
  if (settings.kinds.empty()) {
    for (const EncoderKind& kind : kinds) result.push_back(&kind);
  }
  return result;
}

}  // namespace

const char* codec_name(VideoCodec codec) {
  switch (codec) {
    case VideoCodec::kH264:
      return "H.264";
    case VideoCodec::kHevc:
      return "HEVC";
    default:
      return "AV1";
  }
}

Result<std::unique_ptr<Encoder>> open_encoder(const EncoderSettings& settings) {
  Fault fault = not_offered(settings);
  for (const EncoderKind* kind : in_order(settings)) {
    if (profile_for(*kind, settings) == nullptr) continue;
    auto opened = kind->open(settings);
    if (opened) return opened;
    fault = opened.fault();
  }
  return fault;
}

}  // namespace earthshine
