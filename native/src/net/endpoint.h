#pragma once

#include <cstdint>
#include <string>

namespace earthshine {

/// One plane's addresses, numeric, IPv4 or IPv6, never v4-mapped.
struct Endpoint {
  std::string address;
  std::uint16_t port = 0;
  /// the address the client reached us at and the plane's fixed port; bound with SO_REUSEPORT
  std::string local_address;
  std::uint16_t local_port = 0;
};

}  // namespace earthshine
