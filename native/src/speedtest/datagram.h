#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/clock.h"
#include "packet/cipher_context.h"

namespace earthshine {

/// As long as a usual video datagram: 1392 bytes of packet, 16 of RTP.
inline constexpr std::size_t kSpeedTestDatagramBytes = 1408;
/// Rates that one test may try. They are counted from 0.
inline constexpr std::size_t kSpeedTestSteps = 64;

/// What one datagram of a speed test says of itself.
struct SpeedTestHeader {
  /// 0, 1, 2 … over the whole test
  std::uint64_t sequence = 0;
  /// on the host's clock; only differences mean something elsewhere
  Nanoseconds sent = 0;
  /// the rate in use, by its number
  std::uint32_t step = 0;
};

/// Writes and reads the datagrams of one test, whose key only the host and the device know:
///
///      0  u64  sequence           16  u32  step          24  16 bytes  GMAC of all the others
///      8  u64  sent, ns           20  u32  0             40  filler up to 1408
///
/// little-endian. The GMAC's nonce is the sequence number and "\0\0\0S", so that nobody else can
/// count as a packet, and a packet that was damaged does not count either.
class SpeedTestSeal {
 public:
  using Datagram = std::span<std::uint8_t, kSpeedTestDatagramBytes>;

  /// Throws std::bad_alloc when the cipher cannot be had.
  explicit SpeedTestSeal(const std::array<std::uint8_t, 16>& key);

  /// Writes header and GMAC; the filler stays. False when the cipher failed.
  [[nodiscard]] bool write(const SpeedTestHeader& header, Datagram datagram);
  /// Nothing for bytes of another length or form, or of another key.
  [[nodiscard]] std::optional<SpeedTestHeader> read(std::span<const std::uint8_t> datagram);

 private:
  [[nodiscard]] bool tag(const std::uint8_t* datagram, std::uint8_t* tag);

  CipherContext context_;
};

}  // namespace earthshine
