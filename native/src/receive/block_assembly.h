#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

#include "packet/arena.h"
#include "packet/reed_solomon_decoder.h"
#include "receive/received_frame.h"
#include "receive/video_packet.h"

namespace earthshine {

/// The one block of a frame whose shards are being collected. Payloads of data shards go straight
/// to their place in the frame; parity is kept aside until it is needed. Reused from block to
/// block, and allocates nothing.
class BlockAssembly {
 public:
  /// `payload` is the payload of one shard in bytes.
  explicit BlockAssembly(std::size_t payload);

  /// Begins a block by any of its packets (which is not added yet). `place` takes the payloads of
  /// its data shards.
  void begin(const VideoPacket& packet, std::uint8_t* place);
  /// What in a packet of this block contradicts the first one.
  [[nodiscard]] std::optional<Violation> contradiction(const VideoPacket& packet) const;
  /// False for a packet that is there already.
  bool add(const VideoPacket& packet);
  /// Any `data` shards are enough.
  [[nodiscard]] bool enough() const { return data_received_ + parity_received_ >= data_; }
  /// Makes the missing data shards from parity; `enough()` must hold. Returns how many there were
  /// and reports those that cannot be what the host sent.
  unsigned finish(const std::function<void(const Violation&)>& report);
  /// Whether a parity packet says what the data of this finished block says, in every column that a
  /// client may rely on.
  bool parity_fits(const VideoPacket& packet);

  [[nodiscard]] bool complete() const { return complete_; }
  [[nodiscard]] unsigned index() const { return index_; }
  [[nodiscard]] unsigned last_block() const { return last_block_; }
  [[nodiscard]] unsigned data() const { return data_; }
  [[nodiscard]] unsigned parity() const { return parity_; }
  [[nodiscard]] std::uint32_t timestamp() const { return timestamp_; }
  [[nodiscard]] std::uint16_t first_sequence() const { return first_sequence_; }
  /// A data shard came after a parity shard.
  [[nodiscard]] bool parity_came_first() const { return parity_came_first_; }
  [[nodiscard]] BlockStatus status() const;

 private:
  void check_recovered(unsigned shard, const std::function<void(const Violation&)>& report) const;

  std::size_t payload_;
  /// parity shards as they came; recovered shards on their way to their places
  Arena parity_payloads_, recovered_payloads_;
  std::array<ProtectedHeader, kMaxBlockData + kMaxBlockShards> headers_;
  std::array<ProtectedHeader, kMaxBlockShards> recovered_headers_;
  std::bitset<kMaxBlockData + kMaxBlockShards> received_;
  ReedSolomonDecoder decoder_;

  std::uint8_t* place_ = nullptr;
  std::uint32_t frame_ = 0, timestamp_ = 0;
  unsigned index_ = 0, last_block_ = 0, data_ = 0, parity_ = 0, fec_percentage_ = 0;
  std::uint16_t first_sequence_ = 0;
  unsigned data_received_ = 0, parity_received_ = 0;
  int highest_ = -1;
  bool parity_came_first_ = false, complete_ = false;
};

}  // namespace earthshine
