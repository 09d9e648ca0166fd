#pragma once

#include <cstddef>
#include <cstdint>

#include "base/clock.h"
#include "packet/arena.h"
#include "receive/block_assembly.h"
#include "receive/received_frame.h"
#include "receive/video_packet.h"

namespace earthshine {

struct AssemblyCounters {
  /// packets of a block or frame that was finished or given up
  std::uint64_t late = 0;
  std::uint64_t parity_packets = 0;
  std::uint64_t recovered_shards = 0, recovered_blocks = 0;
  std::uint64_t lost_blocks = 0, lost_frames = 0;
  /// blocks of which a data shard came behind a parity shard
  std::uint64_t parity_first = 0;
};

/// A frame whose blocks are complete: frame header in front, padding behind.
struct AssembledFrame {
  std::uint32_t index = 0, timestamp = 0;
  unsigned blocks = 0, recovered_shards = 0;
  std::span<const std::uint8_t> bytes;
  Nanoseconds first_packet = 0, completed = 0;
};

/// Who takes what the assembler makes.
class AssemblyEvents {
 public:
  virtual ~AssemblyEvents() = default;
  virtual void on_assembled(const AssembledFrame& frame) = 0;
  virtual void on_lost(std::uint32_t first, std::uint32_t last) = 0;
  virtual void on_damaged(const BlockStatus& block) = 0;
  virtual void on_violation(const Violation& violation) = 0;
};

/// Packets to frames, by the rules of the stock client's receive queue (protocol 4 §7): one block
/// is in assembly, a packet of a later block or frame gives it up, whatever comes for an earlier
/// one is too late. Holds one frame of four blocks of 1023 shards, of which only the pages that
/// frames really fill take memory.
class FrameAssembler {
 public:
  /// `min_parity`: `x-nv-vqos[0].fec.minRequiredFecPackets` as announced.
  FrameAssembler(std::size_t packet_size, unsigned min_parity, AssemblyEvents& events);

  void push(const VideoPacket& packet, Nanoseconds arrived);
  /// Whether a packet would neither give up what is in assembly nor pass over what has not begun.
  [[nodiscard]] bool in_order(const VideoPacket& packet) const;
  [[nodiscard]] const AssemblyCounters& counters() const { return counters_; }

 private:
  void begin_frame(const VideoPacket& packet, Nanoseconds arrived);
  void begin_block(const VideoPacket& packet, Nanoseconds arrived);
  void check_place(const VideoPacket& packet);
  void add(const VideoPacket& packet, Nanoseconds arrived);
  void after_completion(const VideoPacket& packet);
  void finish_block(Nanoseconds arrived);
  void give_up_block();
  void reject_frame();
  void lose(std::uint32_t first, std::uint32_t last);

  std::size_t payload_;
  unsigned min_parity_;
  AssemblyEvents& events_;
  AssemblyCounters counters_;
  Arena bytes_;
  BlockAssembly block_;
  /// the frame that is being received or was received last
  std::uint32_t frame_ = 0;
  bool frame_finished_ = true, rejected_ = false;
  /// whether `block_` holds a block of this frame
  bool has_block_ = false;
  /// data shards of the frame's blocks before the one in assembly
  std::size_t shards_before_ = 0;
  unsigned recovered_in_frame_ = 0;
  Nanoseconds first_packet_ = 0;
  /// first sequence number behind the block that was begun last
  std::uint16_t block_end_ = 0;
  bool any_block_ = false;
};

}  // namespace earthshine
