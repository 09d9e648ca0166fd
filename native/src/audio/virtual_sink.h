#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"

namespace earthshine {

struct VirtualSinkOptions {
  /// PipeWire node name, unique
  std::string name;
  /// what the desktop shows
  std::string description;
  /// 2, 6 or 8
  int channels = 2;
};

/// A sound output without a device, whose monitor the streams read. PipeWire removes it when the
/// connection of its owner ends in whatever way; when the server was restarted it is made again.
class VirtualSink {
 public:
  /// Returns once the sink is in the server's registry; waits for at most `patience`.
  static Result<std::unique_ptr<VirtualSink>> create(
      const VirtualSinkOptions& options,
      std::chrono::milliseconds patience = std::chrono::seconds(2));
  virtual ~VirtualSink() = default;
  /// May be called twice.
  virtual void close() = 0;
};

}  // namespace earthshine
