#pragma once

#include <memory>
#include <string>

#include "encode/encoder_kinds.h"
#include "encode/nvenc/nvenc_session.h"
#include "encode/reference_frames.h"

namespace earthshine {

/// Its row in the table of encoders.
EncoderKind nvenc_kind();

/// The encoder of an NVIDIA GPU: ultra-low-latency tuning, one frame in and one out. The driver
/// chooses what a frame is predicted from, among the frames that were not invalidated.
class NvencEncoder final : public Encoder {
 public:
  static Result<std::unique_ptr<Encoder>> open(const EncoderSettings& settings);

  Result<AccessUnit> encode(const EncoderInput& input) override;
  Result<bool> set_bitrate(int kbps) override;
  void invalidate(std::uint64_t first) override;
  [[nodiscard]] const char* description() const override { return description_.c_str(); }

 private:
  NvencEncoder(const EncoderSettings& settings, std::unique_ptr<NvencSession> session);

  static Result<std::unique_ptr<Encoder>> open_on(const NvencLibrary& library, int ordinal,
                                                  const EncoderSettings& settings);
  /// Two black pictures that nobody gets.
  Result<bool> warm_up();
  /// What encode() does once. The unit has no number yet.
  Result<AccessUnit> encode_once(const EncoderInput& input, bool idr);
  /// The least quantizer of the stream, in the codec's scale.
  [[nodiscard]] int floor() const;
  Result<bool> tell_rate(int floor);

  EncoderSettings settings_;
  std::unique_ptr<NvencSession> session_;
  /// What the driver keeps, as far as it was told to: it says nothing of it itself.
  ReferenceFrames references_;
  /// the driver's time stamp of the next frame: one a frame, from the warm-up on
  std::uint64_t time_ = 0;
  /// what it would have been for the frame with number 0, counted back from the newest IDR
  std::uint64_t time_of_frame_0_ = 0;
  std::uint64_t frames_ = 0, last_idr_ = 0;
  /// the oldest frame that the driver has not been told of; 0: none
  std::uint64_t invalid_from_ = 0;
  bool idr_next_ = true, after_invalidation_ = false;
  bool rate_changed_ = true;
  int told_floor_ = 0;
  std::string description_;
};

}  // namespace earthshine
