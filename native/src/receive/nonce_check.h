#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "receive/violation.h"

namespace earthshine {

/// Watches the packet counters under which a host seals. One that is used twice would be the end of
/// the key's secrecy; a network may bring the same datagram twice or late, which is no offence.
class NonceCheck {
 public:
  /// One datagram that opened: its counter, the first half of its tag and the sequence number
  /// inside. Returns what is wrong (code, seen, expected).
  std::optional<Violation> see(std::uint64_t counter, std::uint64_t tag, std::uint16_t sequence);

 private:
  struct Seen {
    std::uint64_t counter = 0, tag = 0;
    bool used = false;
  };
  static constexpr std::size_t kRemembered = 4096;

  std::array<Seen, kRemembered> seen_{};
  std::uint64_t highest_ = 0;
  /// sequence number of the packet under the highest counter
  std::uint16_t sequence_ = 0;
  bool any_ = false;
};

}  // namespace earthshine
