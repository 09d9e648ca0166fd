#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/wake_event.h"
#include "net/datagram_source.h"

namespace earthshine {

struct UdpSourceOptions {
  /// numeric, IPv4 or IPv6
  std::string address;
  std::uint16_t port = 0;
  /// Longest datagram that was agreed on, in bytes; what is longer is thrown away and counted.
  std::size_t largest = 0;
  /// Bytes asked of the kernel, which may grant less.
  std::size_t receive_buffer = 32 << 20;
};

/// A UDP socket connected to one plane of a host: pings leave from it and the plane's datagrams
/// arrive at it, many to a call. `receive` belongs to one thread; `ping` and `stop` may be called
/// from any.
class UdpSource final : public DatagramSource {
 public:
  static Result<std::unique_ptr<UdpSource>> open(const UdpSourceOptions& options);
  ~UdpSource() override;
  UdpSource(const UdpSource&) = delete;
  UdpSource& operator=(const UdpSource&) = delete;

  /// A host that does not listen yet is no fault. At most kTurns rings are emptied in one call, so
  /// that a flood leaves the caller its turn.
  Result<std::size_t> receive(const OnDatagram& on_datagram, Nanoseconds deadline) override;
  [[nodiscard]] const ReceiveCounts& counts() const override { return counts_; }

  /// Sends one datagram to the host. False when it could not be sent; the next one may be.
  bool ping(std::span<const std::uint8_t> payload) const;
  /// Ends a `receive` that waits, and every later one at once with 0.
  void stop();
  [[nodiscard]] bool stopped() const { return stopped_.load(std::memory_order_acquire); }
  /// Bytes that the kernel granted for receiving, its bookkeeping included.
  [[nodiscard]] std::size_t receive_buffer() const { return receive_buffer_; }
  /// Whether the kernel joins datagrams of one flow (UDP_GRO).
  [[nodiscard]] bool coalescing() const { return coalescing_; }
  [[nodiscard]] std::uint16_t local_port() const { return local_port_; }

 private:
  /// Datagrams, or trains of joined ones, that one system call fetches. 32 buffers of 64 KB; where
  /// nothing is joined only the first page of each is ever touched.
  static constexpr std::size_t kRing = 32;
  static constexpr std::size_t kSlotBytes = 65536;
  static constexpr std::size_t kTurns = 8;
  struct alignas(cmsghdr) Control {
    std::array<char, CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(std::uint32_t))> bytes;
  };

  UdpSource(int descriptor, std::size_t largest);
  /// Datagrams handed over, or -1 when there were none to fetch.
  std::ptrdiff_t fetch(const OnDatagram& on_datagram, int& error);
  std::size_t hand_over(std::size_t slot, const OnDatagram& on_datagram, Nanoseconds arrived);
  /// False when the deadline passed or the source was stopped.
  bool wait(Nanoseconds deadline) const;

  int descriptor_;
  std::size_t largest_;
  std::size_t receive_buffer_ = 0;
  bool coalescing_ = false;
  std::uint16_t local_port_ = 0;
  ReceiveCounts counts_;
  std::uint32_t last_overflow_ = 0;
  WakeEvent wake_;
  std::atomic<bool> stopped_ = false;
  std::unique_ptr<std::uint8_t[]> bytes_;
  std::array<iovec, kRing> vectors_;
  std::array<Control, kRing> controls_;
  std::array<mmsghdr, kRing> messages_;
};

}  // namespace earthshine
