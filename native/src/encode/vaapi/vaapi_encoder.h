#pragma once

#include <memory>
#include <string>

#include "encode/encoder_kinds.h"
#include "encode/vaapi/va_codec.h"

namespace earthshine {

/// Its row in the table of encoders.
EncoderKind vaapi_kind();

/// The encoder of a GPU through VA-API (AMD, Intel): without delay, one frame in and one out.
///
/// References are chosen here, so that a lost frame is answered without an IDR; bitrate changes
/// go to the driver as parameters of the next frame.
class VaapiEncoder final : public Encoder {
 public:
  static Result<std::unique_ptr<Encoder>> open(const EncoderSettings& settings);

  Result<AccessUnit> encode(const EncoderInput& input) override;
  Result<bool> set_bitrate(int kbps) override;
  void invalidate(std::uint64_t first) override;
  [[nodiscard]] const char* description() const override { return description_.c_str(); }

 private:
  VaapiEncoder(const EncoderSettings& settings, std::unique_ptr<VaCodec> codec,
               std::unique_ptr<VaSession> session);

  static Result<std::unique_ptr<Encoder>> open_on(const std::shared_ptr<VaDisplay>& display,
                                                  VAEntrypoint entrypoint,
                                                  const EncoderSettings& settings);
  /// Two black pictures that nobody gets: memory and rate control are set up by the first ones,
  /// and a driver that cannot encode fails here.
  Result<bool> warm_up();
  /// What encode() does once; `floor` is the least quantizer. The unit has no number yet.
  Result<AccessUnit> encode_once(const EncoderInput& input, bool idr, int floor);
  void add_rate_control(std::vector<VaParameter>& parameters, int floor) const;

  EncoderSettings settings_;
  std::unique_ptr<VaCodec> codec_;
  std::unique_ptr<VaSession> session_;
  ReferenceFrames references_;
  /// the driver has not heard of the bitrate, or of the quantizers' floor
  bool rate_changed_ = true;
  int floor_ = 0;
  std::uint64_t frames_ = 0, last_idr_ = 0;
  bool idr_next_ = true, after_invalidation_ = false;
  std::string description_;
};

}  // namespace earthshine
