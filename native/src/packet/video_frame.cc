#include "packet/video_frame.h"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "packet/byte_order.h"
#include "packet/reed_solomon.h"

namespace earthshine {

namespace {

constexpr std::uint8_t kPictureData = 0x01, kEndOfFrame = 0x02, kStartOfFrame = 0x04;
constexpr std::uint8_t kShortFrameHeader = 0x01;
/// Version 2 and the extension bit, which makes the client skip four more bytes (protocol 4 §2).
constexpr std::uint8_t kRtpWithExtension = 0x90;
constexpr std::uint8_t kMultiFecFlags = 0x10;

std::size_t stride_of(std::size_t shard, bool padded) {
  return padded ? (shard + 63) / 64 * 64 : shard;
}

}  // namespace

VideoFrame::VideoFrame(std::size_t packet_size, bool padded)
    : packet_size_(packet_size),
      shard_(packet_size + 16),
      stride_(stride_of(shard_, padded)),
      arena_(kMaxBlocks * kMaxBlockData * stride_) {}

bool VideoFrame::begin(std::size_t access_unit_bytes, const FrameShape& shape) {
  assert(shape.packet_size == packet_size_);
  const auto plan = plan_frame(access_unit_bytes, shape);
  if (!plan) return false;
  plan_ = *plan;
  return true;
}

void VideoFrame::place(std::span<const std::uint8_t> access_unit, std::size_t first,
                       std::size_t count) {
  const std::size_t payload = packet_size_ - 16;
  const std::size_t last = first + count;
  for (std::size_t b = 0; b < plan_.block_count; ++b) {
    const BlockPlan& block = plan_.blocks[b];
    const std::size_t from = std::max(first, block.first_data);
    const std::size_t to = std::min(last, block.first_data + block.data);
    for (std::size_t d = from; d < to; ++d) {
      std::uint8_t* target = shard(block.first_shard + d - block.first_data) + kVideoHeaderBytes;
      // The stream begins with the frame header, which `label` writes.
      std::size_t room = payload;
      std::size_t offset = d * payload;
      if (d == 0) {
        target += kFrameHeaderBytes;
        room -= kFrameHeaderBytes;
      } else {
        offset -= kFrameHeaderBytes;
      }
      const std::size_t bytes = std::min(room, access_unit.size() - offset);
      // An empty access unit has no address to copy from.
      if (bytes > 0) std::memcpy(target, access_unit.data() + offset, bytes);
      if (bytes < room) std::memset(target + bytes, 0, room - bytes);
    }
  }
}

void VideoFrame::label(const FrameLabel& label) {
  label_ = label;
  std::uint8_t* header = shard(0) + kVideoHeaderBytes;
  header[0] = kShortFrameHeader;
  put16le(header + 1, label.host_latency);
  header[3] = static_cast<std::uint8_t>(label.type);
  put16le(header + 4, static_cast<std::uint16_t>(plan_.last_payload));
  put16le(header + 6, 0);
}

void VideoFrame::write_rtp(std::uint8_t* shard, std::size_t index) const {
  const std::uint32_t packet = label_.first_packet + static_cast<std::uint32_t>(index);
  shard[0] = kRtpWithExtension;
  shard[1] = 0;
  put16be(shard + 2, static_cast<std::uint16_t>(packet));
  put32be(shard + 4, label_.timestamp);
  put64le(shard + 8, 0);
}

void VideoFrame::write_block_fields(std::uint8_t* shard, std::size_t block,
                                    std::size_t index) const {
  const BlockPlan& plan = plan_.blocks[block];
  put32le(shard + 20, label_.frame_index);
  shard[27] = static_cast<std::uint8_t>((plan_.block_count - 1) << 6 | block << 4);
  put32le(shard + 28,
          static_cast<std::uint32_t>(plan.data << 22 | index << 12 | plan.percentage << 4));
}

void VideoFrame::finish_data(std::size_t block, std::size_t first, std::size_t count) {
  const BlockPlan& plan = plan_.blocks[block];
  for (std::size_t index = first; index < first + count; ++index) {
    const std::size_t on_wire = plan.first_shard + index;
    std::uint8_t* at = shard(on_wire);
    write_rtp(at, on_wire);
    put32le(at + 16, (label_.first_packet + static_cast<std::uint32_t>(on_wire)) << 8);
    at[24] = static_cast<std::uint8_t>(kPictureData | (index == 0 ? kStartOfFrame : 0) |
                                       (index + 1 == plan.data ? kEndOfFrame : 0));
    at[25] = 0;
    at[26] = kMultiFecFlags;
    write_block_fields(at, block, index);
  }
}

void VideoFrame::finish_parity(std::size_t block) {
  const BlockPlan& plan = plan_.blocks[block];
  if (plan.parity == 0) return;
  // The code works column by column. Columns that protocol 4 §5 wants encoded as zeros (RTP header,
  // fecInfo) are already final in the data here, since data leaves first; what they yield in the
  // parity is overwritten below, and a receiver rewrites them in a recovered shard.
  encode_video_parity({.data = shard(plan.first_shard),
                       .data_stride = stride_,
                       .parity = shard(plan.first_shard + plan.data),
                       .parity_stride = stride_,
                       .length = stride_},
                      plan.data, plan.parity);
  for (std::size_t index = plan.data; index < plan.data + plan.parity; ++index) {
    std::uint8_t* at = shard(plan.first_shard + index);
    write_rtp(at, plan.first_shard + index);
    write_block_fields(at, block, index);
  }
}

}  // namespace earthshine
