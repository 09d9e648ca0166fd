#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace earthshine {

/// Bytes that sealing puts before a shard: IV, frame number, tag (protocol 4 §6).
inline constexpr std::size_t kSealBytes = 32;

/// AES-128-GCM for the video packets of one viewer. One cipher context for the life of the stream;
/// a packet changes only the IV.
class VideoSealer {
 public:
  /// Throws std::bad_alloc when the cipher cannot be had.
  explicit VideoSealer(const std::array<std::uint8_t, 16>& key);
  ~VideoSealer();
  VideoSealer(const VideoSealer&) = delete;
  VideoSealer& operator=(const VideoSealer&) = delete;

  /// Writes the datagram of one shard, kSealBytes longer than it, to `datagram`. `counter` must be
  /// new under this key. False when the cipher failed; the datagram must then not be sent.
  [[nodiscard]] bool seal(std::uint64_t counter, std::uint32_t frame_index,
                          std::span<const std::uint8_t> shard, std::uint8_t* datagram);

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace earthshine
