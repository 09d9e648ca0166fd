#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/result.h"
#include "net/udp_source.h"
#include "speedtest/datagram.h"
#include "speedtest/meter.h"

namespace earthshine {

struct SpeedTestReceiverOptions {
  /// the host's, numeric
  std::string address;
  /// its video port
  std::uint16_t port = 0;
  std::array<std::uint8_t, 16> key{};
  std::array<std::uint8_t, 16> ping_payload{};
};

/// The device's end: pings, counts, and keeps the figures for whoever asks.
class SpeedTestReceiver {
 public:
  static Result<std::unique_ptr<SpeedTestReceiver>> open(const SpeedTestReceiverOptions& options);
  ~SpeedTestReceiver();
  SpeedTestReceiver(const SpeedTestReceiver&) = delete;
  SpeedTestReceiver& operator=(const SpeedTestReceiver&) = delete;

  struct Snapshot {
    SpeedTestFigures figures;
    ReceiveCounts counts;
    std::size_t receive_buffer = 0;
    bool coalescing = false;
    /// why nothing is received any more; empty while all is well
    std::string fault;
  };
  /// At most a few hundredths of a second old. From any thread.
  [[nodiscard]] Snapshot snapshot() const;
  /// Ends the pings, and with them the test; the figures stay. From any thread; may be called
  /// twice.
  void close();

 private:
  SpeedTestReceiver(const SpeedTestReceiverOptions& options, std::unique_ptr<UdpSource> source);
  void run();
  void publish(std::string fault);

  const SpeedTestReceiverOptions options_;
  const std::unique_ptr<UdpSource> source_;
  SpeedTestSeal seal_;
  SpeedTestMeter meter_;
  mutable std::mutex published_access_;
  Snapshot published_;
  std::mutex closing_;
  std::thread thread_;
};

}  // namespace earthshine
