#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "net/media_socket.h"
#include "net/transport.h"

namespace earthshine {

/// Hands datagrams to the kernel, many per call and without ever waiting. Owned by one thread.
class BatchSender {
 public:
  enum class Method { kSegmentation, kBatch, kSingle };

  /// The first method to try; it falls back for good when the kernel refuses it.
  explicit BatchSender(Method method) : method_(method) {}

  /// Sends `count` datagrams of `size` bytes that lie back to back.
  void send_equal(const MediaSocket& socket, const std::uint8_t* first, std::size_t size,
                  std::size_t count);
  /// Sends datagrams of any size.
  void send_each(const MediaSocket& socket,
                 std::span<const std::span<const std::uint8_t>> datagrams);

  /// Leaves segmentation offload for good.
  void use_batches() {
    if (method_ == Method::kSegmentation) method_ = Method::kBatch;
  }
  /// "gso", "sendmmsg" or "send", whichever the next batch will use.
  [[nodiscard]] const char* method_name() const;
  [[nodiscard]] const SendCounts& counts() const { return counts_; }

 private:
  static constexpr std::size_t kBatch = 64;

  struct SegmentControl {
    alignas(cmsghdr) std::array<std::uint8_t, CMSG_SPACE(sizeof(std::uint16_t))> bytes;
  };

  void add(const std::uint8_t* bytes, std::size_t size, std::size_t packets);
  void segment_by(std::size_t message, std::size_t size);
  /// Sends what was added. Returns the messages dealt with; fewer than were added only when
  /// segmentation was refused, which switches it off.
  std::size_t flush(const MediaSocket& socket);
  int transmit(const MediaSocket& socket, std::size_t from);
  void count_sent(std::size_t message);
  [[nodiscard]] std::uint64_t packets_from(std::size_t message) const;

  Method method_;
  SendCounts counts_;
  std::size_t pending_ = 0;
  std::array<mmsghdr, kBatch> messages_{};
  std::array<iovec, kBatch> vectors_{};
  std::array<std::size_t, kBatch> packets_{};
  std::array<SegmentControl, kBatch> controls_{};
};

}  // namespace earthshine
