#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "base/clock.h"
#include "base/result.h"

namespace earthshine {

/// Figures since the source was opened.
struct ReceiveCounts {
  std::uint64_t datagrams = 0, bytes = 0;
  /// longer than the largest datagram that was agreed on; thrown away
  std::uint64_t oversized = 0;
  /// lost by the kernel because the socket's buffer was full (SO_RXQ_OVFL)
  std::uint64_t overflowed = 0;
  /// calls of recvmmsg
  std::uint64_t calls = 0;
};

/// Where datagrams come from: a UDP socket (recvmmsg with UDP_GRO), or memory in tests. Owned by
/// one thread.
class DatagramSource {
 public:
  virtual ~DatagramSource() = default;

  /// The bytes may be changed in place (a seal is opened there) and are valid during the call.
  using OnDatagram = std::function<void(std::span<std::uint8_t> datagram, Nanoseconds arrived)>;
  /// Hands over everything that has arrived; waits for the first datagram until `deadline` at most.
  /// Returns how many there were. A fault ends the source.
  virtual Result<std::size_t> receive(const OnDatagram& on_datagram, Nanoseconds deadline) = 0;
  [[nodiscard]] virtual const ReceiveCounts& counts() const = 0;
};

}  // namespace earthshine
