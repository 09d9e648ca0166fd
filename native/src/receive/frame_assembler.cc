#include "receive/frame_assembler.h"

namespace earthshine {

namespace {

/// a − b of two frame numbers, which wrap after years.
std::int32_t frame_distance(std::uint32_t a, std::uint32_t b) {
  return static_cast<std::int32_t>(a - b);
}

}  // namespace

FrameAssembler::FrameAssembler(std::size_t packet_size, unsigned min_parity, AssemblyEvents& events)
    : payload_(packet_size + kRtpBytes - kVideoHeaderBytes),
      min_parity_(min_parity),
      events_(events),
      bytes_(kMaxBlocks * kMaxBlockData * payload_),
      block_(payload_) {}

bool FrameAssembler::in_order(const VideoPacket& packet) const {
  const std::int32_t ahead = frame_distance(packet.frame, frame_);
  if (ahead < 0) return true;
  if (ahead > 0) {
    // A frame that is given up already holds nobody back.
    return ahead == 1 && packet.block == 0 && frame_finished_;
  }
  if (!has_block_) return packet.block == 0;
  return rejected_ || packet.block <= block_.index() ||
         (packet.block == block_.index() + 1 && block_.complete());
}

void FrameAssembler::push(const VideoPacket& packet, Nanoseconds arrived) {
  if (packet.is_parity()) ++counters_.parity_packets;
  const std::int32_t ahead = frame_distance(packet.frame, frame_);
  if (ahead < 0) {
    ++counters_.late;
    return;
  }
  if (ahead > 0) begin_frame(packet, arrived);
  if (!has_block_ || packet.block > block_.index()) {
    if (frame_finished_ && !rejected_) {
      // The frame came back whole: a block behind its last one takes nothing from it.
      events_.on_violation({ViolationCode::kBlockCountChanges, packet.frame, packet.block,
                            packet.index, packet.last_block, block_.last_block()});
      return;
    }
    begin_block(packet, arrived);
  } else if (packet.block == block_.index()) {
    add(packet, arrived);
  } else {
    ++counters_.late;
  }
}

void FrameAssembler::begin_frame(const VideoPacket& packet, Nanoseconds arrived) {
  if (!frame_finished_) {
    give_up_block();
    reject_frame();
  }
  if (frame_distance(packet.frame, frame_) > 1) lose(frame_ + 1, packet.frame - 1);
  frame_ = packet.frame;
  frame_finished_ = rejected_ = has_block_ = false;
  shards_before_ = 0;
  recovered_in_frame_ = 0;
  first_packet_ = arrived;
}

void FrameAssembler::begin_block(const VideoPacket& packet, Nanoseconds arrived) {
  if (has_block_) {
    const auto changes = [&](ViolationCode code, std::uint64_t seen, std::uint64_t expected) {
      events_.on_violation({code, packet.frame, packet.block, packet.index, seen, expected});
    };
    if (packet.last_block != block_.last_block()) {
      changes(ViolationCode::kBlockCountChanges, packet.last_block, block_.last_block());
    }
    if (packet.timestamp != block_.timestamp()) {
      changes(ViolationCode::kTimestampChanges, packet.timestamp, block_.timestamp());
    }
  }
  const unsigned next = has_block_ ? block_.index() + 1 : 0;
  const bool unfinished = has_block_ && !block_.complete();
  if (unfinished) give_up_block();
  if (unfinished || packet.block > next) reject_frame();
  if (has_block_) shards_before_ += block_.data();
  has_block_ = true;
  block_.begin(packet, bytes_.data() + shards_before_ * payload_);
  check_place(packet);
  add(packet, arrived);
}

/// A block takes data + parity numbers, whose count the client works out by itself; going back is
/// not allowed.
void FrameAssembler::check_place(const VideoPacket& packet) {
  const std::uint16_t first = block_.first_sequence();
  const auto wrong = [&](ViolationCode code, std::uint64_t seen, std::uint64_t expected) {
    events_.on_violation({code, packet.frame, packet.block, packet.index, seen, expected});
  };
  if (any_block_ && sequence_distance(first, block_end_) < 0) {
    wrong(ViolationCode::kBlockOverlaps, first, block_end_);
  }
  any_block_ = true;
  block_end_ = static_cast<std::uint16_t>(first + packet.data + packet.parity);
  if (packet.fec_percentage > 0 && packet.parity < min_parity_) {
    wrong(ViolationCode::kTooLittleParity, packet.parity, min_parity_);
  }
}

void FrameAssembler::add(const VideoPacket& packet, Nanoseconds arrived) {
  if (const auto violation = block_.contradiction(packet)) {
    events_.on_violation(*violation);
    return;
  }
  if (block_.complete()) {
    after_completion(packet);
  } else if (block_.add(packet) && block_.enough()) {
    finish_block(arrived);
  }
}

/// What arrives once a block is complete is of no use to the picture, but parity can still be
/// checked: one shard of a block, another one each frame, since all of them would cost more than
/// the rest of receiving.
void FrameAssembler::after_completion(const VideoPacket& packet) {
  if (!packet.is_parity()) {
    ++counters_.late;
    return;
  }
  const unsigned shard = packet.index - packet.data;
  if (shard == packet.frame % packet.parity && !block_.parity_fits(packet)) {
    events_.on_violation(
        {ViolationCode::kParityMismatch, packet.frame, packet.block, packet.index, shard, 0});
  }
}

void FrameAssembler::finish_block(Nanoseconds arrived) {
  const unsigned recovered =
      block_.finish([this](const Violation& violation) { events_.on_violation(violation); });
  if (block_.parity_came_first()) ++counters_.parity_first;
  if (recovered > 0) {
    ++counters_.recovered_blocks;
    counters_.recovered_shards += recovered;
    recovered_in_frame_ += recovered;
    events_.on_damaged(block_.status());
  }
  if (block_.index() != block_.last_block() || rejected_) return;
  frame_finished_ = true;
  events_.on_assembled({.index = frame_,
                        .timestamp = block_.timestamp(),
                        .blocks = block_.last_block() + 1,
                        .recovered_shards = recovered_in_frame_,
                        .bytes = {bytes_.data(), (shards_before_ + block_.data()) * payload_},
                        .first_packet = first_packet_,
                        .completed = arrived});
}

void FrameAssembler::give_up_block() {
  if (!has_block_ || block_.complete()) return;
  ++counters_.lost_blocks;
  events_.on_damaged(block_.status());
}

/// The frame misses a block for good; said once.
void FrameAssembler::reject_frame() {
  if (rejected_) return;
  rejected_ = frame_finished_ = true;
  lose(frame_, frame_);
}

void FrameAssembler::lose(std::uint32_t first, std::uint32_t last) {
  counters_.lost_frames += std::uint64_t{last} - first + 1;
  events_.on_lost(first, last);
}

}  // namespace earthshine
