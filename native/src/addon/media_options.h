#pragma once

#include <napi.h>

#include <optional>
#include <string>

#include "addon/option_reader.h"
#include "capture/source_options.h"
#include "pipeline/picture.h"

namespace earthshine::addon {

/// PictureOptions of server/src/native/media-addon.ts.
struct PictureOptions {
  SourceOptions source;
  PictureMode mode;
  /// of who is likely to join first
  std::optional<EncoderSettings> expected;
};

/// Tuning of server/src/native/media-addon.ts: what is absent stays.
struct Tuning {
  std::optional<int> bitrate_kbps, fec_percentage, min_fec_packets;
  bool use_batches = false;
};

// All of these throw a TypeError that names the option which is wrong.
PictureOptions read_picture_options(const Napi::Value& value);
ViewerOptions read_viewer_options(const Napi::Value& value);
/// VerifiedEncoder of server/src/native/media-addon.ts.
EncoderSettings read_verified_encoder(const Napi::Value& value, std::string& name);
Tuning read_tuning(const Napi::Value& value);
/// SoundSource of server/src/native/media-addon.ts
void read_sound_source(const OptionReader& source, AudioTrackOptions& track);
Endpoint read_endpoint(const Napi::Value& value);

}  // namespace earthshine::addon
