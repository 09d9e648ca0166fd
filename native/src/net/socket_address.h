#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>

#include "base/result.h"

namespace earthshine {

/// An IPv4 or IPv6 address with a port, as the kernel wants it.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;

  [[nodiscard]] int family() const { return storage.ss_family; }
  // SAFETY: sockaddr_storage is laid out to be read as any sockaddr.
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

/// Reads a numeric address, a link-local one with its scope included (fe80::1%eth0).
Result<SocketAddress> parse_socket_address(const std::string& text, std::uint16_t port);

}  // namespace earthshine
