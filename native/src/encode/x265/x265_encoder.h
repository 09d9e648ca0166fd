#pragma once

#include <string>

#include "encode/encoder_kinds.h"
#include "encode/x265/x265_library.h"
#include "encode/x265/x265_parameters.h"

namespace earthshine {

/// Its row in the table of encoders.
EncoderKind x265_kind();

/// libx265 of this machine without delay: HEVC 4:2:0 and 4:4:4 in 8 and 10 bits.
class X265Encoder final : public Encoder {
 public:
  static Result<std::unique_ptr<Encoder>> open(const EncoderSettings& settings);

  ~X265Encoder() override;
  X265Encoder(const X265Encoder&) = delete;
  X265Encoder& operator=(const X265Encoder&) = delete;

  Result<AccessUnit> encode(const EncoderInput& input) override;
  /// x265 goes on as it was when it is told another bitrate, so it is opened anew, with an IDR: at
  /// once for less, and for more when that is a good deal more, or an IDR comes anyway.
  Result<bool> set_bitrate(int kbps) override;
  /// x265 cannot choose what it predicts from, so the answer is an IDR.
  void invalidate(std::uint64_t /*first*/) override { idr_next_ = true; }
  [[nodiscard]] const char* description() const override { return description_.c_str(); }

 private:
  X265Encoder(const EncoderSettings& settings, const X265Library& library)
      : settings_(settings), library_(library), wished_kbps_(settings.bitrate_kbps) {}

  /// Opens x265 with the settings as they are now.
  Result<bool> start();
  void stop();
  /// False when x265 does not know an option.
  bool set(const X265Options& options);
  /// Whether the stream has to begin anew for the bitrate that was set.
  [[nodiscard]] bool bitrate_is_due(bool idr) const;

  /// What encode() does once; `quantizer` for the whole picture, or 0 for rate control's. The unit
  /// has no number yet.
  Result<AccessUnit> encode_once(const EncoderInput& input, bool idr, int quantizer);

  /// Encodes two black pictures that nobody gets: x265 allocates at its first frames. The stream
  /// begins with the IDR after them.
  Result<bool> warm_up();

  EncoderSettings settings_;
  const X265Library& library_;
  X265Library::Parameters* parameters_ = nullptr;
  X265Library::Encoder* encoder_ = nullptr;
  X265Library::Picture* picture_ = nullptr;
  std::int64_t time_ = 0;
  std::uint64_t frames_ = 0;
  bool idr_next_ = true;
  /// settings_ has what x265 was opened with
  int wished_kbps_ = 0;
  std::string description_;
};

}  // namespace earthshine
