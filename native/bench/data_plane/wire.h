#pragma once

#include <netinet/in.h>

#include <memory>
#include <optional>
#include <string>

#include "net/media_socket.h"

namespace earthshine::bench {

/// Somewhere to send to, where datagrams are dropped after they have gone the way of any other.
class Wire {
 public:
  /// Loopback: the kernel makes the segments and delivers them to a socket that drops them.
  static std::unique_ptr<Wire> loopback();
  /// A pair of virtual Ethernet devices in a network namespace of its own, whose far end drops by
  /// the MAC address. With `offload` super-buffers pass it whole, as they pass to a network card
  /// that segments; without, the kernel segments them before. Needs root, `ip` and `ethtool`;
  /// nothing where that is missing.
  static std::unique_ptr<Wire> virtual_ethernet(bool offload);

  virtual ~Wire() = default;
  [[nodiscard]] virtual std::shared_ptr<MediaSocket> connected() const = 0;
  /// A socket as other hosts have it, not connected.
  [[nodiscard]] virtual int unconnected() const = 0;
  [[nodiscard]] const sockaddr_in& peer() const { return peer_; }

 protected:
  sockaddr_in peer_{};
};

}  // namespace earthshine::bench
