#pragma once

#include <memory>
#include <span>

#include "base/result.h"
#include "encode/encoder.h"

namespace earthshine {

/// Something that an encoder can write.
struct EncoderProfile {
  VideoCodec codec = VideoCodec::kH264;
  Chroma chroma = Chroma::k420;
  int bit_depth = 8;
  /// as the codec's standard calls it
  const char* name = "";
};

/// One encoder that this build has, whether or not this machine can run it.
struct EncoderKind {
  /// one word, for the log and for whoever chooses
  const char* name;
  std::span<const EncoderProfile> profiles;
  /// It works on this machine's processors, so how fast it is decides which modes it can serve: the
  /// probe measures it (EncoderProbe). An encoder whose effort bends to the mode, and any on a GPU,
  /// does not.
  bool measured;
  /// A frame that a client lost is answered without an IDR (Encoder::invalidate).
  bool invalidation;
  /// Opens it for settings that one of its profiles has, or says why it cannot be had.
  Result<std::unique_ptr<Encoder>> (*open)(const EncoderSettings& settings);
};

/// All of them, the best first. Opening (open_encoder) and probing (probe_encoders) read the same
/// rows. A new encoder is a file of its own with its row in it, and a line in encoder_kinds.cc.
std::span<const EncoderKind> encoder_kinds();

/// The kind's profile of this codec, chroma and depth; null where it has none.
const EncoderProfile* profile_for(const EncoderKind& kind, const EncoderSettings& settings);

}  // namespace earthshine
