#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "net/datagram_source.h"
#include "net/impaired_link.h"
#include "receive/video_receiver.h"

namespace earthshine {

struct VideoReceivingOptions {
  /// the host's video port; the address is numeric
  std::string address;
  std::uint16_t port = 0;
  /// `X-SS-Ping-Payload`; absent: the legacy `PING`
  std::optional<std::array<std::uint8_t, 16>> ping{};
  std::size_t receive_buffer = 32 << 20;
  VideoReceiverOptions video{};
  /// what a bad network would do to the datagrams that arrive
  std::optional<LinkImpairment> impairment{};
};

/// One thing that happened, in the order in which it did.
struct QueuedFrame {
  ReceivedFrame about;
  std::vector<std::uint8_t> bytes;
};
struct LostFrames {
  std::uint32_t first = 0, last = 0;
};
using VideoEvent = std::variant<QueuedFrame, LostFrames, BlockStatus, Violation, Fault>;

/// Figures since the start.
struct VideoReceivingStatistics {
  VideoReceiverCounters video;
  ReceiveCounts socket;
  LinkCounts injected;
  /// complete frames thrown away because they were not fetched in time; events besides frames
  std::uint64_t frames_unfetched = 0, events_unfetched = 0;
  /// arrival of the first datagram; 0: none yet
  Nanoseconds first_datagram = 0;
};

/// A client's video plane at work: a socket that pings every 500 ms and a thread that receives.
/// What happens waits in a queue of limited size until it is fetched; a frame that finds it full is
/// thrown away and told as lost.
class VideoReceiving {
 public:
  /// Called from the receiving thread when the queue is no longer empty, once until it is fetched.
  using OnReady = std::function<void()>;

  static Result<std::unique_ptr<VideoReceiving>> open(const VideoReceivingOptions& options,
                                                      OnReady on_ready);
  ~VideoReceiving();
  VideoReceiving(const VideoReceiving&) = delete;
  VideoReceiving& operator=(const VideoReceiving&) = delete;

  /// Everything that happened since the last call; from any thread.
  std::vector<VideoEvent> take();
  [[nodiscard]] VideoReceivingStatistics statistics() const;
  [[nodiscard]] std::uint16_t local_port() const;
  /// Bytes that the kernel granted for receiving.
  [[nodiscard]] std::size_t receive_buffer() const;
  /// Ends the thread; on_ready is not called any more. May be called twice.
  void close();

 private:
  struct Implementation;
  explicit VideoReceiving(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace earthshine
