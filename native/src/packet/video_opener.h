#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

namespace earthshine {

/// A sealed video datagram, opened (protocol 4 §6).
struct OpenedDatagram {
  /// the packet counter of the IV
  std::uint64_t counter = 0;
  /// from the clear prefix, not authenticated
  std::uint32_t frame_number = 0;
  /// first half of the tag, which tells two texts under one counter apart
  std::uint64_t tag = 0;
  std::span<std::uint8_t> shard;
};

/// The other end of VideoSealer: AES-128-GCM with one cipher context for the life of the stream.
class VideoOpener {
 public:
  /// Throws std::bad_alloc when the cipher cannot be had.
  explicit VideoOpener(const std::array<std::uint8_t, 16>& key);
  ~VideoOpener();
  VideoOpener(const VideoOpener&) = delete;
  VideoOpener& operator=(const VideoOpener&) = delete;

  /// Opens in place. Nothing when the datagram is too short, the tag does not fit or the IV is no
  /// video IV; its bytes are then spoilt.
  std::optional<OpenedDatagram> open(std::span<std::uint8_t> datagram);

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace earthshine
