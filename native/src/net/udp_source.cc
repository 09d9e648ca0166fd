#include "net/udp_source.h"

#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "net/socket_address.h"
#include "net/socket_option.h"

namespace earthshine {

namespace {

/// What the kernel says beside the bytes of one message.
struct Notes {
  /// bytes of each joined datagram but the last; 0: it is a single one
  std::size_t segment = 0;
  /// datagrams that the socket has lost so far, when the kernel tells
  std::uint32_t overflow = 0;
  bool overflow_told = false;
};

Notes read_notes(msghdr& header) {
  Notes notes;
  for (cmsghdr* note = CMSG_FIRSTHDR(&header); note; note = CMSG_NXTHDR(&header, note)) {
    if (note->cmsg_level == SOL_UDP && note->cmsg_type == UDP_GRO) {
      int segment = 0;
      std::memcpy(&segment, CMSG_DATA(note), sizeof segment);
      notes.segment = static_cast<std::size_t>(std::max(segment, 0));
    } else if (note->cmsg_level == SOL_SOCKET && note->cmsg_type == SO_RXQ_OVFL) {
      std::memcpy(&notes.overflow, CMSG_DATA(note), sizeof notes.overflow);
      notes.overflow_told = true;
    }
  }
  return notes;
}

/// The host's port is closed, or the way to it is down for now: pings go on, so does receiving.
bool passing(int error) {
  return error == ECONNREFUSED || error == EINTR || error == EHOSTUNREACH || error == ENETUNREACH ||
         error == ENETDOWN || error == EHOSTDOWN;
}

}  // namespace

UdpSource::UdpSource(int descriptor, std::size_t largest)
    : descriptor_(descriptor),
      largest_(largest),
      bytes_(std::make_unique_for_overwrite<std::uint8_t[]>(kRing * kSlotBytes)) {
  for (std::size_t slot = 0; slot < kRing; ++slot) {
    vectors_[slot] = {bytes_.get() + slot * kSlotBytes, kSlotBytes};
    messages_[slot] = {};
    messages_[slot].msg_hdr.msg_iov = &vectors_[slot];
    messages_[slot].msg_hdr.msg_iovlen = 1;
    messages_[slot].msg_hdr.msg_control = controls_[slot].bytes.data();
  }
}

UdpSource::~UdpSource() {
  ::close(descriptor_);
}

Result<std::unique_ptr<UdpSource>> UdpSource::open(const UdpSourceOptions& options) {
  const auto peer = parse_socket_address(options.address, options.port);
  if (!peer) return peer.fault();
  const auto failed = [&](const char* step) {
    return Fault{"Nothing can be received from " + options.address + " port " +
                 std::to_string(options.port) + ": " + step + ": " + std::strerror(errno) + "."};
  };
  const int descriptor =
      socket(peer.value().family(), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return failed("socket");
  std::unique_ptr<UdpSource> source(new UdpSource(descriptor, options.largest));
  if (source->wake_.descriptor() < 0) return failed("event");

  // A process with the right to may have more than the system's limit.
  const int wanted = static_cast<int>(std::min<std::size_t>(options.receive_buffer, 1 << 30));
  if (!set_option(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, wanted)) {
    set_option(descriptor, SOL_SOCKET, SO_RCVBUF, wanted);
  }
  int granted = 0;
  socklen_t size = sizeof granted;
  if (getsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &granted, &size) == 0) {
    source->receive_buffer_ = static_cast<std::size_t>(std::max(granted, 0));
  }
  source->coalescing_ = set_option(descriptor, SOL_UDP, UDP_GRO, 1);
  set_option(descriptor, SOL_SOCKET, SO_RXQ_OVFL, 1);
  if (connect(descriptor, peer.value().get(), peer.value().length) != 0) return failed("connect");

  sockaddr_storage local{};
  size = sizeof local;
  // SAFETY: as in SocketAddress; the family tells which of the two it is.
  if (getsockname(descriptor, reinterpret_cast<sockaddr*>(&local), &size) == 0) {
    source->local_port_ =
        ntohs(local.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(local).sin6_port
                                          : reinterpret_cast<sockaddr_in&>(local).sin_port);
  }
  return source;
}

Result<std::size_t> UdpSource::receive(const OnDatagram& on_datagram, Nanoseconds deadline) {
  std::size_t received = 0;
  std::size_t turns = 0;
  while (!stopped() && turns < kTurns) {
    int error = 0;
    const std::ptrdiff_t fetched = fetch(on_datagram, error);
    if (fetched >= 0) {
      received += static_cast<std::size_t>(fetched);
      ++turns;
      continue;
    }
    if (error == EAGAIN || error == EWOULDBLOCK) {
      if (received > 0 || !wait(deadline)) break;
    } else if (!passing(error)) {
      return Fault{std::string("Receiving failed: ") + std::strerror(error) + "."};
    }
  }
  return received;
}

std::ptrdiff_t UdpSource::fetch(const OnDatagram& on_datagram, int& error) {
  for (std::size_t slot = 0; slot < kRing; ++slot) {
    messages_[slot].msg_hdr.msg_controllen = sizeof(Control);
  }
  ++counts_.calls;
  const int filled = recvmmsg(descriptor_, messages_.data(), kRing, MSG_DONTWAIT, nullptr);
  if (filled < 0) {
    error = errno;
    return -1;
  }
  const Nanoseconds arrived = now();
  std::size_t datagrams = 0;
  for (std::size_t slot = 0; slot < static_cast<std::size_t>(filled); ++slot) {
    datagrams += hand_over(slot, on_datagram, arrived);
  }
  return static_cast<std::ptrdiff_t>(datagrams);
}

std::size_t UdpSource::hand_over(std::size_t slot, const OnDatagram& on_datagram,
                                 Nanoseconds arrived) {
  mmsghdr& message = messages_[slot];
  const Notes notes = read_notes(message.msg_hdr);
  if (notes.overflow_told) {
    // The kernel's counter has 32 bits and wraps.
    counts_.overflowed += notes.overflow - last_overflow_;
    last_overflow_ = notes.overflow;
  }
  const std::size_t length = message.msg_len;
  const std::size_t segment = notes.segment == 0 ? std::max<std::size_t>(length, 1) : notes.segment;
  std::uint8_t* const bytes = bytes_.get() + slot * kSlotBytes;
  std::size_t datagrams = 0;
  std::size_t at = 0;
  do {  // an empty datagram is one too
    const std::size_t size = std::min(segment, length - at);
    ++counts_.datagrams;
    counts_.bytes += size;
    ++datagrams;
    if (size > largest_) {
      ++counts_.oversized;
    } else {
      on_datagram({bytes + at, size}, arrived);
    }
    at += size;
  } while (at < length);
  return datagrams;
}

bool UdpSource::wait(Nanoseconds deadline) const {
  const Nanoseconds left = deadline - now();
  if (left <= 0) return false;
  const timespec timeout{left / 1'000'000'000, left % 1'000'000'000};
  std::array<pollfd, 2> watched{pollfd{descriptor_, POLLIN, 0},
                                pollfd{wake_.descriptor(), POLLIN, 0}};
  return ppoll(watched.data(), watched.size(), &timeout, nullptr) != 0 && !stopped();
}

bool UdpSource::ping(std::span<const std::uint8_t> payload) const {
  // An error that an earlier datagram brought back is told to the next call instead of sending.
  for (int attempt = 0; attempt < 2; ++attempt) {
    if (send(descriptor_, payload.data(), payload.size(), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) {
      return true;
    }
  }
  return false;
}

void UdpSource::stop() {
  stopped_.store(true, std::memory_order_release);
  wake_.set();
}

}  // namespace earthshine
