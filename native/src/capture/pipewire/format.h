#pragma once

#include <spa/pod/pod.h>

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "capture/pipewire/options.h"
#include "convert/bgrx_view.h"

namespace earthshine {

/// What a producer and we agreed on.
struct PipewireFormat {
  int width = 0, height = 0;
  PixelOrder order = PixelOrder::kBgrx;
  /// bytes of a pixel before its first colour
  int skip = 0;
  /// the buffers may be of a device (DMA-BUF)
  bool device = false;
};

/// Parameters for PipeWire, in memory of their own.
class PipewireParameters {
 public:
  /// Formats that can be read here, the most wanted first.
  ///
  /// @param device buffers of a device are offered as well
  static PipewireParameters formats(const PipewireSourceOptions& options, bool device);
  /// Buffers and metadata for what was agreed on.
  static PipewireParameters buffers(const PipewireFormat& format, bool cursor);

  [[nodiscard]] std::vector<const spa_pod*> pods() const;

 private:
  std::vector<std::vector<std::uint8_t>> memory_;
};

/// Nothing where it is no picture that can be read.
std::optional<PipewireFormat> read_format(const spa_pod& format);

}  // namespace earthshine
