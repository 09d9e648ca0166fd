#include "net/socket_address.h"

#include <netdb.h>

#include <cstring>

namespace earthshine {

Result<SocketAddress> parse_socket_address(const std::string& text, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_DGRAM;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  // getaddrinfo reads scopes, which inet_pton does not.
  if (getaddrinfo(text.c_str(), std::to_string(port).c_str(), &hints, &found) != 0 || !found) {
    return Fault{"'" + text + "' is no numeric address."};
  }
  SocketAddress address;
  std::memcpy(&address.storage, found->ai_addr, found->ai_addrlen);
  address.length = found->ai_addrlen;
  freeaddrinfo(found);
  return address;
}

}  // namespace earthshine
