#pragma once

#include <cstdint>
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

/// How an encoder's speed and the modes that are asked of it go together.
enum class EncoderPace : std::uint8_t {
  /// It works on a GPU, which nobody measures.
  kUnmeasured,
  /// It works on this machine's processors with one effort: what it is too slow for is not offered.
  kFixed,
  /// It works on this machine's processors, with less effort for larger modes: any is served, and
  /// slower than asked where even the least effort takes too long.
  kBends,
};

/// One encoder that this build has, whether or not this machine can run it.
struct EncoderKind {
  /// one word, for the log and for whoever chooses
  const char* name;
  std::span<const EncoderProfile> profiles;
  /// What the probe measures of it (EncoderProbe).
  EncoderPace pace;
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
