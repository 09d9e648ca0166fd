#pragma once

#include <cstddef>
#include <cstdint>

namespace earthshine {

/// What became of the packets handed to a Transport.
struct SendCounts {
  std::uint64_t packets = 0, bytes = 0;
  /// packets lost because the socket's or the device's buffer was full
  std::uint64_t drops = 0;
  /// packets that the kernel refused for another reason, and refusals reported by the client's
  /// machine (ECONNREFUSED)
  std::uint64_t errors = 0;
  /// packets dropped on purpose (Impairment)
  std::uint64_t injected = 0;
  /// calls into the kernel
  std::uint64_t calls = 0;
};

/// Where one plane's datagrams go: a connected UDP socket, or memory in tests. Owned by one thread;
/// never waits and never fails: what cannot be sent is counted.
class Transport {
 public:
  virtual ~Transport() = default;

  /// Sends `count` datagrams of `size` bytes that lie back to back.
  virtual void send_equal(const std::uint8_t* first, std::size_t size, std::size_t count) = 0;
  /// Leaves segmentation offload for good, where there is any.
  virtual void use_batches() {}
  /// "gso", "sendmmsg", "send" or "loopback", whichever the next batch will use.
  [[nodiscard]] virtual const char* method_name() const = 0;
  [[nodiscard]] virtual const SendCounts& counts() const = 0;
};

}  // namespace earthshine
