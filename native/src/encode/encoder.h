#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "convert/change_map.h"
#include "convert/yuv_picture.h"
#include "encode/access_unit.h"
#include "encode/mastering_light.h"

namespace earthshine {

enum class VideoCodec : std::uint8_t { kH264, kHevc, kAv1 };

/// As people write it: "H.264".
const char* codec_name(VideoCodec codec);

struct EncoderSettings {
  VideoCodec codec = VideoCodec::kH264;
  /// what the pixels are, and what the stream says of them
  YuvFormat format;
  /// of HDR10 (Transfer::kPq); nothing: SDR
  std::optional<MasteringLight> light{};
  /// even in both directions
  int width = 0, height = 0;
  /// frames per second, exact (60000/1001 is 59.94)
  int rate_numerator = 60, rate_denominator = 1;
  int bitrate_kbps = 10'000;
  /// at least this many slices a frame, so that clients can decode in parallel
  int slices = 1;
  /// 0: as many as the level allows
  int max_reference_frames = 0;
  /// names of encoders (EncoderKind::name) in the order in which they are tried, and no other is;
  /// empty: all of them, the best first
  std::vector<std::string> kinds{};
  /// the GPU's render node ("/dev/dri/renderD128") for encoders that need one; empty: the first
  /// that works
  std::string gpu{};
};

/// The forms in which encoders take a picture: planes in this process's memory, not null, of the
/// settings' format. A DMA-BUF for an encoder on a GPU is one more alternative.
using EncoderPicture = std::variant<const YuvPicture*>;

struct EncoderInput {
  EncoderPicture picture;
  /// when the picture changed or was captured
  Nanoseconds captured = 0;
  /// the same picture as at the call before
  bool repeated = false;
  bool force_idr = false;
  /// what changed since the picture of the call before; null: everything may have
  const ChangeMap* changes = nullptr;
  /// A longer access unit is of no use to anybody: the picture is encoded once more, as an IDR with
  /// coarser quantizers, until it fits or there is no coarser one. 0: any length.
  std::size_t most_bytes = 0;
};

/// One stream's encoder: constant bitrate, no delay (every picture in gives one access unit out),
/// an infinite group of pictures that begins with an IDR. One thread at a time.
class Encoder {
 public:
  virtual ~Encoder() = default;

  /// The unit's bytes are valid until the next call. A fault ends the encoder.
  virtual Result<AccessUnit> encode(const EncoderInput& input) = 0;
  /// Takes effect with the next picture, without an IDR.
  virtual Result<bool> set_bitrate(int kbps) = 0;
  /// From the next picture on nothing refers to the frames numbered `first` and later, nor to what
  /// was predicted from them: it is predicted from an older frame, or an IDR when none is left.
  /// Also an IDR from encoders that cannot do this. Call it for news only: a range that ends before
  /// the newest IDR or answer to an earlier call is repaired already, and calling again would throw
  /// that away.
  virtual void invalidate(std::uint64_t first) = 0;
  /// What it is and how it is set up, for the log.
  [[nodiscard]] virtual const char* description() const = 0;
};

/// Opens the best encoder of the table (encoder_kinds), or the first of settings.kinds, that has
/// these settings and works, or says which setting cannot be had.
Result<std::unique_ptr<Encoder>> open_encoder(const EncoderSettings& settings);

}  // namespace earthshine
