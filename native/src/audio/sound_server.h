#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/result.h"

namespace earthshine {

struct SoundServer {
  /// "PipeWire"
  std::string server;
  std::string version;
  /// node name of the sink that sounds go to now, empty when there is none
  std::string default_sink;
};

/// Questions and orders for the user's audio server. Each makes a connection of its own, blocks for
/// at most `patience`, and fails with a sentence; none belongs on an event loop's thread.
inline constexpr std::chrono::milliseconds kServerPatience{2'000};

Result<SoundServer> probe_sound(std::chrono::milliseconds patience = kServerPatience);

/// The configured default sink's node name, empty when none is configured.
Result<std::string> read_default_sink(std::chrono::milliseconds patience = kServerPatience);

/// Sets the configured default sink; an empty name clears it. Returns after the server took it.
Result<bool> write_default_sink(const std::string& name,
                                std::chrono::milliseconds patience = kServerPatience);

}  // namespace earthshine
