#include "packet/frame_plan.h"

#include <algorithm>

#include "packet/reed_solomon.h"

namespace earthshine {

namespace {

constexpr std::size_t ceil_divide(std::size_t a, std::size_t b) {
  return (a + b - 1) / b;
}

/// Sets parity and percentage so that the client computes the same count from the percentage.
void choose_parity(BlockPlan& block, unsigned percentage, unsigned min_parity) {
  if (percentage == 0) return;
  block.percentage = percentage;
  block.parity = parity_at(block.data, percentage);
  const std::size_t least = std::min<std::size_t>(min_parity, kMaxBlockShards - block.data);
  if (block.parity >= least) return;
  // fecInfo has eight bits for the percentage: one data shard can have three parity shards at most.
  block.percentage = static_cast<unsigned>(std::min<std::size_t>(100 * least / block.data, 255));
  // Above 100 data shards one percent is more than one shard, and rounding down may lose some.
  if (parity_at(block.data, block.percentage) < least && block.percentage < 255 &&
      block.data + parity_at(block.data, block.percentage + 1) <= kMaxBlockShards) {
    ++block.percentage;
  }
  block.parity = parity_at(block.data, block.percentage);
}

}  // namespace

std::size_t largest_access_unit(const FrameShape& shape) {
  // The blocks are cut by bytes on the wire, so the last one may be a little larger than the
  // others.
  std::size_t bytes = kMaxBlocks * kMaxBlockData * shape.payload_bytes() - kFrameHeaderBytes;
  while (!plan_frame(bytes, shape)) bytes -= shape.payload_bytes();
  return bytes;
}

std::optional<FramePlan> plan_frame(std::size_t access_unit_bytes, const FrameShape& shape) {
  const std::size_t stream = kFrameHeaderBytes + access_unit_bytes;
  const std::size_t payload = shape.payload_bytes();
  const std::size_t shard = shape.shard_bytes();
  FramePlan plan;
  plan.data = ceil_divide(stream, payload);
  plan.last_payload = (stream - 1) % payload + 1;

  unsigned percentage = std::min(shape.fec_percentage, 255U);
  const std::size_t most_data = kMaxBlockShards * 100 / (100 + percentage);
  const std::size_t wire = plan.data * kVideoHeaderBytes + stream;
  std::size_t blocks = ceil_divide(wire, most_data * shard);
  const bool oversize = blocks > kMaxBlocks;
  blocks = std::min(blocks, kMaxBlocks);

  const std::size_t each = ceil_divide(wire / blocks, shard);
  const std::size_t last = plan.data - (blocks - 1) * each;
  const std::size_t largest = std::max(each, last);
  if (largest > kMaxBlockData) return std::nullopt;
  if (oversize) {
    const bool room = shape.oversize == Oversize::kLessParity && largest < kMaxBlockShards;
    percentage = room ? static_cast<unsigned>(std::min<std::size_t>(
                            percentage, 100 * (kMaxBlockShards - largest) / largest))
                      : 0;
  }

  plan.block_count = blocks;
  for (std::size_t b = 0; b < blocks; ++b) {
    BlockPlan& block = plan.blocks[b];
    block.data = b + 1 < blocks ? each : last;
    block.first_data = b * each;
    block.first_shard = plan.shards;
    choose_parity(block, percentage, shape.min_parity);
    plan.shards += block.data + block.parity;
  }
  return plan;
}

}  // namespace earthshine
