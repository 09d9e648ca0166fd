#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "encode/headers/bit_writer.h"
#include "encode/reference_frames.h"
#include "encode/vaapi/va_session.h"

namespace earthshine {

/// One frame that is to be encoded.
struct VaFrame {
  ReferenceFrames::Frame current{};
  /// nothing for an IDR
  std::optional<ReferenceFrames::Frame> reference{};
  /// everything that the decoder keeps, newest first
  std::span<const ReferenceFrames::Frame> kept{};
  int kbps = 0;

  [[nodiscard]] bool idr() const { return !reference.has_value(); }
};

/// What a codec tells a driver of a stream and of each frame. The headers are written here, as far
/// as the driver takes them, so that a stream says the same on every GPU.
class VaCodec {
 public:
  virtual ~VaCodec() = default;

  /// frames that the decoder keeps
  [[nodiscard]] virtual int reference_frames() const = 0;
  [[nodiscard]] virtual VaSessionOptions session() const = 0;
  /// A frame may be predicted from an older one than the one before, and the stream says so.
  [[nodiscard]] virtual bool invalidates() const = 0;
  /// Everything that the driver gets for a frame but rate control, in the order in which it wants
  /// it.
  virtual std::vector<VaParameter> parameters(const VaFrame& frame, const VaSession& session) = 0;
  /// "level 4.2, 2 slices", for the log
  [[nodiscard]] virtual std::string description() const = 0;
};

/// A header of ours as the two parameters that a driver takes it as.
void add_packed_header(std::vector<VaParameter>& parameters, std::uint32_t type,
                       const PackedBits& header);

/// Slices of one frame in rows of blocks: as many as are wished, as far as the encoder's structure
/// allows. One entry a slice: how many rows.
std::vector<int> va_slice_rows(int rows, int wished, unsigned most, unsigned structure);

}  // namespace earthshine
