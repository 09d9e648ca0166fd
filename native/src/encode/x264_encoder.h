#pragma once

#include <array>
#include <string>
#include <vector>

#include "encode/encoder_kinds.h"
#include "encode/x264_api.h"

namespace earthshine {

/// Its row in the table of encoders.
EncoderKind x264_kind();

/// libx264 without delay: H.264 High 4:2:0 or High 4:4:4 Predictive, 8 bits.
class X264Encoder final : public Encoder {
 public:
  static Result<std::unique_ptr<Encoder>> open(const EncoderSettings& settings);

  Result<AccessUnit> encode(const EncoderInput& input) override;
  Result<bool> set_bitrate(int kbps) override;
  void invalidate(std::uint64_t first) override;
  [[nodiscard]] const char* description() const override { return description_.c_str(); }

 private:
  explicit X264Encoder(const EncoderSettings& settings) : settings_(settings) {}

  /// What encode() does once; `quantizer` for the whole picture, or X264_QP_AUTO. The unit has no
  /// number yet.
  Result<AccessUnit> encode_once(const EncoderInput& input, bool idr, int quantizer);

  /// Encodes two black pictures that nobody gets: x264 allocates at its first frames, and touching
  /// fresh memory can take longer than encoding. The stream begins with the IDR after them.
  Result<bool> warm_up();

  /// What x264 may take from the frame before: a byte a macroblock, or null when nothing is known.
  std::uint8_t* unchanged_blocks(const EncoderInput& input);

  static void log(void* self, int level, const char* format, va_list arguments);

  struct Close {
    void operator()(x264_t* encoder) const { x264_encoder_close(encoder); }
  };
  EncoderSettings settings_;
  x264_param_t parameters_{};
  std::unique_ptr<x264_t, Close> encoder_;
  /// A byte a macroblock, for unchanged_blocks(). In turn, because x264's threads still read those
  /// of a frame that was handed out.
  std::array<std::vector<std::uint8_t>, 2> blocks_;
  /// x264's time stamp of the next frame: one a frame, from the warm-up on
  std::int64_t time_ = 0;
  /// frames handed out, and the newest IDR among them
  std::uint64_t frames_ = 0, last_idr_ = 0;
  bool idr_next_ = true;
  bool after_invalidation_ = false;
  /// what x264 said last, for faults
  std::string message_;
  std::string description_;
};

}  // namespace earthshine
