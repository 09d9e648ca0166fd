#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "net/endpoint.h"

namespace earthshine::test {

/// A client's UDP socket on loopback, at a free port, with a large receive buffer.
class LoopbackClient {
 public:
  explicit LoopbackClient(int family = AF_INET)
      : family_(family), descriptor_(socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    const int size = 32 << 20;
    if (setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0) {
      setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    }
    sockaddr_storage address{};
    socklen_t length = fill(address, 0);
    if (bind(descriptor_, reinterpret_cast<sockaddr*>(&address), length) != 0) {
      throw std::runtime_error("cannot bind on loopback");
    }
    port_ = port_of(descriptor_);
  }
  ~LoopbackClient() { ::close(descriptor_); }
  LoopbackClient(const LoopbackClient&) = delete;
  LoopbackClient& operator=(const LoopbackClient&) = delete;

  /// Where a stream sends to reach this client, from a local port of the caller's choice.
  [[nodiscard]] Endpoint endpoint(std::uint16_t local_port = 0) const {
    const std::string address = family_ == AF_INET6 ? "::1" : "127.0.0.1";
    return {address, port_, address, local_port};
  }
  [[nodiscard]] int descriptor() const { return descriptor_; }
  [[nodiscard]] std::uint16_t port() const { return port_; }

  /// The next datagram, or nothing when none comes in time.
  std::optional<std::vector<std::uint8_t>> receive(int milliseconds = 1000) {
    pollfd wait{descriptor_, POLLIN, 0};
    if (poll(&wait, 1, milliseconds) != 1) return std::nullopt;
    std::vector<std::uint8_t> datagram(65536);
    sockaddr_storage from{};
    socklen_t from_length = sizeof from;
    const ssize_t length = recvfrom(descriptor_, datagram.data(), datagram.size(), 0,
                                    reinterpret_cast<sockaddr*>(&from), &from_length);
    if (length < 0) return std::nullopt;
    sender_port_ = ntohs(family_ == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(from).sin6_port
                                             : reinterpret_cast<sockaddr_in&>(from).sin_port);
    datagram.resize(static_cast<std::size_t>(length));
    return datagram;
  }
  /// Port that the last datagram came from.
  [[nodiscard]] std::uint16_t sender_port() const { return sender_port_; }

  void send_to(std::uint16_t port, const std::string& text) {
    sockaddr_storage address{};
    const socklen_t length = fill(address, port);
    sendto(descriptor_, text.data(), text.size(), 0, reinterpret_cast<sockaddr*>(&address), length);
  }

  static std::uint16_t port_of(int descriptor) {
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &length);
    return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(address).sin6_port
                                               : reinterpret_cast<sockaddr_in&>(address).sin_port);
  }

 private:
  socklen_t fill(sockaddr_storage& address, std::uint16_t port) const {
    address.ss_family = static_cast<sa_family_t>(family_);
    if (family_ == AF_INET6) {
      auto& six = reinterpret_cast<sockaddr_in6&>(address);
      six.sin6_addr = in6addr_loopback;
      six.sin6_port = htons(port);
      return sizeof six;
    }
    auto& four = reinterpret_cast<sockaddr_in&>(address);
    four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    four.sin_port = htons(port);
    return sizeof four;
  }

  int family_;
  int descriptor_;
  std::uint16_t port_ = 0, sender_port_ = 0;
};

}  // namespace earthshine::test
