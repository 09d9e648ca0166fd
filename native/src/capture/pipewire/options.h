#pragma once

#include <cstdint>
#include <string>
#include <variant>

namespace earthshine {

/// A node's id in its PipeWire server. Ids are given again, so a node that comes back under it
/// counts only where it bears the name that the first one had.
struct PipewireNodeId {
  std::uint32_t id = 0;
};

/// A node's serial number (object.serial), which no other node gets.
struct PipewireNodeSerial {
  std::string serial;
};

/// The rate that a producer is asked for. What is refused is asked again with a range, and then
/// without.
enum class PipewireRate : std::uint8_t {
  /// As pictures come, without a limit (maxFramerate 0/1): KWin up to 6.7 else stays at the rate
  /// that the output had at first, and shows animations at half speed.
  kVariable,
  /// The stream's own rate to the fraction: KWin from 6.8 on.
  kFractional,
  /// As pictures come, with a limit far above the stream's rate: GNOME, which would leave out
  /// pictures that are a little early.
  kRelaxed,
};

enum class PipewireCursor : std::uint8_t {
  /// The producer tells of it; it is drawn here.
  kMetadata,
  /// There is none in the picture.
  kHidden,
  /// The producer draws it.
  kEmbedded,
};

/// A video node of PipeWire.
struct PipewireSourceOptions {
  std::variant<PipewireNodeId, PipewireNodeSerial> node;
  /// A connection to the server that the node lives in, as the portal gives it: the caller's, and
  /// duplicated here. It serves once. -1: the user's server.
  int remote = -1;
  PipewireRate rate = PipewireRate::kVariable;
  /// of the stream
  int rate_numerator = 60, rate_denominator = 1;
  PipewireCursor cursor = PipewireCursor::kMetadata;
  /// The only size that is asked for; 0: whatever the producer has.
  int width = 0, height = 0;
  /// Buffers of a device (DMA-BUF) before memory, where the producer has both. Here the processor
  /// reads them, which is slow over a graphics card's bus; so memory comes first.
  bool device_first = false;
};

}  // namespace earthshine
