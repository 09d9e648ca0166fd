#include "encode/encoder_kinds.h"

#include <algorithm>
#include <array>

#ifdef EARTHSHINE_HAS_NVENC
#include "encode/nvenc/nvenc_encoder.h"
#endif
#ifdef EARTHSHINE_HAS_VAAPI
#include "encode/vaapi/vaapi_encoder.h"
#endif
#include "encode/x264_encoder.h"
#include "encode/x265/x265_encoder.h"

namespace earthshine {

std::span<const EncoderKind> encoder_kinds() {
  static const std::array kKinds{
#ifdef EARTHSHINE_HAS_NVENC
      nvenc_kind(),
#endif
#ifdef EARTHSHINE_HAS_VAAPI
      vaapi_kind(),
#endif
      x264_kind(),
      x265_kind(),
  };
  return kKinds;
}

const EncoderProfile* profile_for(const EncoderKind& kind, const EncoderSettings& settings) {
  const auto found =
      std::find_if(kind.profiles.begin(), kind.profiles.end(), [&](const auto& profile) {
        return profile.codec == settings.codec && profile.chroma == settings.format.chroma &&
               profile.bit_depth == settings.format.bit_depth;
      });
  return found == kind.profiles.end() ? nullptr : &*found;
}

}  // namespace earthshine
