#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "packet/arena.h"
#include "packet/frame_plan.h"
#include "packet/frame_type.h"

namespace earthshine {

/// What the wire says about a frame beside its picture.
struct FrameLabel {
  std::uint32_t frame_index = 0;
  /// packet counter of the frame's first shard (protocol 4 §2)
  std::uint32_t first_packet = 0;
  /// 90 kHz
  std::uint32_t timestamp = 0;
  FrameType type = FrameType::kPredicted;
  /// 1/10 ms; 0: unknown or a repeated picture
  std::uint16_t host_latency = 0;
};

/// One frame in a reused buffer laid out as the wire wants it: shard after shard, header and
/// payload, each block's parity behind its data. Filled in steps, so that data can leave before the
/// parity is computed: `begin`, `place` (once, or range by range), `label`, then `finish_data` and
/// `finish_parity` in any order in which a block's data is finished before its parity.
class VideoFrame {
 public:
  /// With `padded`, shards lie at multiples of 64 bytes, which suits a frame that is sealed into
  /// another buffer; else back to back, as one send with segmentation offload needs them.
  VideoFrame(std::size_t packet_size, bool padded);

  /// Plans the frame. False when it is too large to be sent; its packet size is the constructor's.
  bool begin(std::size_t access_unit_bytes, const FrameShape& shape);
  /// Copies the parts of the access unit that lie in the data shards [first, first + count), and
  /// fills the last one up with zeros.
  void place(std::span<const std::uint8_t> access_unit, std::size_t first, std::size_t count);
  /// Copies the whole access unit.
  void place(std::span<const std::uint8_t> access_unit) { place(access_unit, 0, plan_.data); }
  /// Numbers the frame and writes the frame header; its first data shard must have been placed.
  void label(const FrameLabel& label);
  /// Writes the headers of `count` data shards of a block, from `first` on within the block.
  void finish_data(std::size_t block, std::size_t first, std::size_t count);
  /// Computes a block's parity and writes its headers.
  void finish_parity(std::size_t block);

  [[nodiscard]] const FramePlan& plan() const { return plan_; }
  [[nodiscard]] const FrameLabel& labelled() const { return label_; }
  [[nodiscard]] std::size_t shard_bytes() const { return shard_; }
  /// distance of neighbouring shards
  [[nodiscard]] std::size_t stride() const { return stride_; }
  /// A shard by its place on the wire, from 0.
  [[nodiscard]] std::uint8_t* shard(std::size_t index) const {
    return arena_.data() + index * stride_;
  }

 private:
  void write_rtp(std::uint8_t* shard, std::size_t index) const;
  void write_block_fields(std::uint8_t* shard, std::size_t block, std::size_t index) const;

  std::size_t packet_size_, shard_, stride_;
  Arena arena_;
  FramePlan plan_;
  FrameLabel label_;
};

}  // namespace earthshine
