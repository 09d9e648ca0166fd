#include "net/media_socket.h"

#include <linux/filter.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include "net/socket_address.h"
#include "net/socket_option.h"

namespace earthshine {

namespace {

/// Lets the kernel drop what arrives: nobody reads this socket.
void drop_incoming(int descriptor) {
  sock_filter drop_all[] = {BPF_STMT(BPF_RET | BPF_K, 0)};
  const sock_fprog program{1, drop_all};
  set_option(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, program);
}

void mark(int descriptor, int family, Marking marking, bool dscp) {
  if (dscp) {
    const int traffic_class = marking.dscp << 2;
    if (family == AF_INET6) {
      set_option(descriptor, IPPROTO_IPV6, IPV6_TCLASS, traffic_class);
    } else {
      set_option(descriptor, IPPROTO_IP, IP_TOS, traffic_class);
    }
  }
  // After the traffic class, which resets it.
  set_option(descriptor, SOL_SOCKET, SO_PRIORITY, marking.priority);
}

}  // namespace

Result<std::shared_ptr<MediaSocket>> MediaSocket::open(const Endpoint& endpoint, Marking marking,
                                                       bool dscp, std::size_t send_buffer) {
  const auto peer = parse_socket_address(endpoint.address, endpoint.port);
  if (!peer) return peer.fault();
  const auto local = parse_socket_address(endpoint.local_address, endpoint.local_port);
  if (!local) return local.fault();
  const auto failed = [&](const char* step) {
    return Fault{std::string("Media for ") + endpoint.address + " cannot be sent from " +
                 endpoint.local_address + " port " + std::to_string(endpoint.local_port) + ": " +
                 step + ": " + std::strerror(errno) + "."};
  };
  if (peer.value().family() != local.value().family()) {
    errno = EAFNOSUPPORT;
    return failed("address");
  }

  const int family = peer.value().family();
  const int descriptor = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return failed("socket");
  std::shared_ptr<MediaSocket> opened(
      new MediaSocket(descriptor, family == AF_INET6 ? 65487 : 65507));
  if (!set_option(descriptor, SOL_SOCKET, SO_REUSEPORT, 1)) return failed("share the port");
  if (family == AF_INET6) set_option(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, 1);
  drop_incoming(descriptor);
  mark(descriptor, family, marking, dscp);
  if (send_buffer > 0) {
    const int wanted = static_cast<int>(send_buffer);
    // Root may pass the system's limit (packaging/usr/lib/sysctl.d).
    if (!set_option(descriptor, SOL_SOCKET, SO_SNDBUFFORCE, wanted)) {
      set_option(descriptor, SOL_SOCKET, SO_SNDBUF, wanted);
    }
  }
  if (bind(descriptor, local.value().get(), local.value().length) != 0) return failed("bind");
  if (connect(descriptor, peer.value().get(), peer.value().length) != 0) return failed("connect");
  int granted = 0;
  socklen_t size = sizeof granted;
  if (getsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &granted, &size) == 0) {
    opened->send_buffer_ = static_cast<std::size_t>(granted) / 2;
  }
  return opened;
}

MediaSocket::~MediaSocket() {
  ::close(descriptor_);
}

std::size_t video_send_buffer(int bitrate_kbps, std::int64_t frame_interval) {
  const std::int64_t two_frames =
      2 * static_cast<std::int64_t>(bitrate_kbps) * 125 * (frame_interval / 1000) / 1'000'000;
  return static_cast<std::size_t>(std::clamp<std::int64_t>(two_frames, 1 << 20, 32 << 20));
}

}  // namespace earthshine
