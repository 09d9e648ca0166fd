#pragma once

#include <memory>

#include "encode/headers/h264_headers.h"
#include "encode/vaapi/va_codec.h"

namespace earthshine {

/// H.264 High of a driver: one short-term reference a frame, chosen by a modification of the
/// reference list where it is not the frame before.
class VaH264 final : public VaCodec {
 public:
  /// Asks the driver what it can do, or says what it lacks.
  static Result<std::unique_ptr<VaCodec>> open(const VaDisplay& display, VAEntrypoint entrypoint,
                                               const EncoderSettings& settings);

  [[nodiscard]] int reference_frames() const override { return stream_.reference_frames; }
  [[nodiscard]] VaSessionOptions session() const override;
  [[nodiscard]] bool invalidates() const override;
  std::vector<VaParameter> parameters(const VaFrame& frame, const VaSession& session) override;
  [[nodiscard]] std::string description() const override;

 private:
  VaH264() = default;

  [[nodiscard]] VaParameter sequence(int kbps) const;
  [[nodiscard]] VaParameter picture(const VaFrame& frame, const VaSession& session) const;

  H264Stream stream_;
  VAEntrypoint entrypoint_ = VAEntrypointEncSlice;
  unsigned packed_ = 0;
  std::vector<int> slice_rows_;
  int idr_id_ = 0;
};

}  // namespace earthshine
