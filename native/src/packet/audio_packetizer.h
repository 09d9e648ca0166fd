#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "packet/arena.h"
#include "packet/cipher_context.h"

namespace earthshine {

/// Opus packets into RTP datagrams, sealed by AES-128-CBC when there is a key, and two parity
/// datagrams after every fourth (protocol 5 §2, §3, §5). Allocates nothing per packet.
class AudioPacketizer {
 public:
  /// `key_id` is rikeyid taken as u32. Throws std::bad_alloc.
  AudioPacketizer(const std::optional<std::array<std::uint8_t, 16>>& key, std::uint32_t key_id);

  /// What one Opus packet becomes, in sending order; empty when it does not fit a datagram of 1400
  /// bytes. The bytes are valid until the next call.
  struct Datagrams {
    std::array<std::span<const std::uint8_t>, 3> each;
    std::size_t count = 0;
  };

  /// Parity follows the fourth packet of a block if all four were made here with consecutive
  /// numbers and one length; a client that got unequal lengths would give up parity for good.
  Datagrams packetize(std::span<const std::uint8_t> opus, std::uint16_t sequence,
                      std::uint32_t timestamp);

 private:
  static constexpr std::size_t kData = 4, kParity = 2;

  std::uint8_t* payload(std::size_t slot) const;
  /// Bytes written to the payload, or nothing when the cipher failed.
  std::optional<std::size_t> write_payload(std::span<const std::uint8_t> opus,
                                           std::uint16_t sequence, std::uint8_t* payload);

  CipherContext context_;
  std::uint32_t key_id_;
  /// six slots, the payloads at equal distances and aligned
  Arena arena_;
  /// packets of the current block made so far, without a gap from its first
  std::size_t filled_ = 0;
  std::uint16_t base_sequence_ = 0;
  std::uint32_t base_timestamp_ = 0;
  std::size_t block_bytes_ = 0;
};

}  // namespace earthshine
