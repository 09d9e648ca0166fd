#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "packet/arena.h"
#include "receive/frame_assembler.h"

namespace earthshine {

/// How long packets of later blocks wait for those of an unfinished one.
struct ReorderTolerance {
  /// 0: as stock clients do it, not at all
  std::size_t packets = 0;
  Nanoseconds time = 2'000'000;
};

/// Gives an unfinished block a little time: packets of later blocks are kept aside, few and not for
/// long, so that a network that reorders across a block's end loses nothing.
class HoldBack {
 public:
  HoldBack(const ReorderTolerance& tolerance, std::size_t packet_size, FrameAssembler& assembler);

  /// Passes the packet on, or keeps a copy of it.
  void push(const VideoPacket& packet, Nanoseconds arrived);
  /// When the first kept packet has waited long enough; absent while nothing waits.
  [[nodiscard]] std::optional<Nanoseconds> deadline() const;
  /// Gives up what has been waited for too long at `time`.
  void expire(Nanoseconds time);

 private:
  struct Held {
    VideoPacket packet;
    Nanoseconds arrived = 0;
    std::size_t slot = 0;
  };

  /// Passes on everything that has its turn now.
  void release();
  /// Passes on the packets of the earliest block, though something before it is missing.
  void give_up();
  void pass(std::size_t at);

  ReorderTolerance tolerance_;
  FrameAssembler& assembler_;
  std::size_t payload_;
  Arena payloads_;
  /// in the order of arrival
  std::vector<Held> held_;
  std::vector<std::size_t> free_;
};

}  // namespace earthshine
