#pragma once

#include <memory>

#include "encode/headers/hevc_headers.h"
#include "encode/vaapi/va_codec.h"

namespace earthshine {

/// HEVC Main and Main 10 of a driver. What a frame is predicted from is told by its reference
/// picture set, in which every frame stands that the client has.
class VaHevc final : public VaCodec {
 public:
  /// Asks the driver what it can do, or says what it lacks.
  static Result<std::unique_ptr<VaCodec>> open(const VaDisplay& display, VAProfile profile,
                                               VAEntrypoint entrypoint,
                                               const EncoderSettings& settings);

  [[nodiscard]] int reference_frames() const override { return stream_.reference_frames; }
  [[nodiscard]] VaSessionOptions session() const override;
  [[nodiscard]] bool invalidates() const override;
  std::vector<VaParameter> parameters(const VaFrame& frame, const VaSession& session) override;
  [[nodiscard]] std::string description() const override;

 private:
  VaHevc() = default;

  [[nodiscard]] VaParameter sequence(int kbps) const;
  [[nodiscard]] VaParameter picture(const VaFrame& frame, const VaSession& session) const;
  void add_slices(std::vector<VaParameter>& parameters, const VaFrame& frame,
                  const VaSession& session) const;

  HevcStream stream_;
  VAProfile profile_ = VAProfileHEVCMain;
  VAEntrypoint entrypoint_ = VAEntrypointEncSlice;
  unsigned packed_ = 0;
  std::vector<int> slice_rows_;
};

}  // namespace earthshine
