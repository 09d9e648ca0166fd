#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/result.h"
#include "net/endpoint.h"

namespace earthshine {

/// How packets of one plane are marked (protocol 2 §4).
struct Marking {
  /// differentiated services code point: 40 video, 48 audio
  int dscp;
  /// Linux SO_PRIORITY: 5 video, 6 audio
  int priority;
};
inline constexpr Marking kVideoMarking{40, 5};
inline constexpr Marking kAudioMarking{48, 6};

/// A non-blocking UDP socket that is bound beside the control process's (SO_REUSEPORT) and
/// connected to one client. Being the closer match it gets that client's pings, which it drops.
class MediaSocket {
 public:
  /// `send_buffer` is what is asked for in bytes, 0 for the system's default; the code point is set
  /// only with `dscp`.
  static Result<std::shared_ptr<MediaSocket>> open(const Endpoint& endpoint, Marking marking,
                                                   bool dscp, std::size_t send_buffer);
  ~MediaSocket();
  MediaSocket(const MediaSocket&) = delete;
  MediaSocket& operator=(const MediaSocket&) = delete;

  [[nodiscard]] int descriptor() const { return descriptor_; }
  /// Bytes that the kernel granted for sending, to compare with what was asked: half of what it
  /// tells, since it doubles what is asked for its bookkeeping.
  [[nodiscard]] std::size_t send_buffer() const { return send_buffer_; }
  /// Largest UDP payload of one send: 65535 bytes less the headers, which is 65507 for IPv4; 65487
  /// for IPv6 is safe whether or not a kernel counts its longer header.
  [[nodiscard]] std::size_t max_payload() const { return max_payload_; }

 private:
  MediaSocket(int descriptor, std::size_t max_payload)
      : descriptor_(descriptor), max_payload_(max_payload) {}

  int descriptor_;
  std::size_t max_payload_;
  std::size_t send_buffer_ = 0;
};

/// Send buffer for two frames at the bitrate, 1 to 32 MB: a larger one would hide loss for seconds
/// on a slow link.
std::size_t video_send_buffer(int bitrate_kbps, std::int64_t frame_interval);

}  // namespace earthshine
