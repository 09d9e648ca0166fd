#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "net/batch_sender.h"
#include "net/endpoint.h"
#include "net/media_socket.h"
#include "speedtest/datagram.h"

namespace earthshine {

/// No test is faster, whatever is asked (security.md, speed tests).
inline constexpr std::int64_t kSpeedTestMostKbps = 3'000'000;
/// No test is longer.
inline constexpr Nanoseconds kSpeedTestLongest = 10'000'000'000;
/// A device that has not pinged for so long gets nothing more.
inline constexpr Nanoseconds kSpeedTestSilence = 1'500'000'000;

struct SpeedTestSenderOptions {
  Endpoint endpoint;
  std::array<std::uint8_t, 16> key{};
  /// what each ping of the device begins with
  std::array<std::uint8_t, 16> ping_payload{};
  /// bits of UDP payload, kbit/s
  std::int64_t kbps = 0;
  Nanoseconds duration = kSpeedTestLongest;
};

enum class SpeedTestEnd : std::uint8_t {
  /// the time was over
  kFinished,
  /// stop()
  kStopped,
  /// the device pings no more
  kSilent,
  /// the device's machine says that nobody listens there
  kRefused,
  /// the cipher failed
  kFailed,
};

/// "finished", "stopped", "silent", "refused" or "failed".
const char* speed_test_end_name(SpeedTestEnd end);

/// What was sent at one rate.
struct SpeedTestSentStep {
  std::int64_t kbps = 0;
  /// sequence number of its first packet
  std::uint64_t first = 0;
  /// numbers used
  std::uint64_t packets = 0;
  /// of these, packets that this machine itself could not send
  std::uint64_t unsent = 0;
  Nanoseconds duration = 0;
};

struct SpeedTestSent {
  SpeedTestEnd end = SpeedTestEnd::kFinished;
  std::vector<SpeedTestSentStep> steps;
  /// "gso", "sendmmsg" or "send"
  std::string method;
};

/// The host's end: numbered, sealed datagrams at an even rate to one device that proves every now
/// and then, by a ping, that it still wants them.
class SpeedTestSender {
 public:
  static Result<std::unique_ptr<SpeedTestSender>> open(const SpeedTestSenderOptions& options);

  /// Sends until the time is over or something ends it; on a thread of the caller's. Once.
  SpeedTestSent run();
  /// From any thread. False when the test has had its steps.
  bool set_rate(std::int64_t kbps);
  /// From any thread.
  void stop() { stopped_.store(true, std::memory_order_release); }

 private:
  /// Datagrams that are made at once: four super-buffers.
  static constexpr std::size_t kRun = 184;

  SpeedTestSender(const SpeedTestSenderOptions& options, std::shared_ptr<MediaSocket> socket);
  /// Takes pings; false when the device's machine refused a datagram.
  bool hear();
  /// Sends `count` packets of the step. False when they could not be sealed.
  bool send(std::size_t count);
  void begin_step(Nanoseconds time);

  const SpeedTestSenderOptions options_;
  const std::shared_ptr<MediaSocket> socket_;
  BatchSender sender_;
  SpeedTestSeal seal_;
  std::vector<std::uint8_t> datagrams_;
  std::atomic<bool> stopped_ = false;
  /// (number of the step << 32) | kbit/s
  std::atomic<std::uint64_t> wanted_;

  SpeedTestSent sent_;
  std::uint64_t sequence_ = 0;
  /// when the step's packet number 0 was due
  Nanoseconds step_begun_ = 0;
  /// due, but given up because this machine fell too far behind
  std::uint64_t forgiven_ = 0;
  Nanoseconds heard_ = 0;
  std::uint64_t refusals_ = 0;
};

}  // namespace earthshine
