#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "packet/video_frame.h"
#include "receive/video_receiver.h"
#include "support/vectors.h"

namespace earthshine::test {

/// A frame as it was received, with its bytes.
struct KeptFrame {
  ReceivedFrame about;
  vectors::Bytes bytes;
};

/// Keeps all that a receiver says.
struct Heard final : VideoEvents {
  std::vector<KeptFrame> frames;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> lost;
  std::vector<BlockStatus> damaged;
  std::vector<Violation> violations;

  void on_frame(const ReceivedFrame& frame) override {
    frames.push_back({frame, {frame.data.begin(), frame.data.end()}});
    frames.back().about.data = {};
  }
  void on_lost(std::uint32_t first, std::uint32_t last) override { lost.emplace_back(first, last); }
  void on_damaged(const BlockStatus& block) override { damaged.push_back(block); }
  void on_violation(const Violation& violation) override { violations.push_back(violation); }

  [[nodiscard]] std::vector<std::uint32_t> indexes() const {
    std::vector<std::uint32_t> indexes;
    for (const auto& frame : frames) indexes.push_back(frame.about.index);
    return indexes;
  }
  /// The codes' names, each once, in their order.
  [[nodiscard]] std::vector<std::string> codes() const {
    std::vector<std::string> names;
    for (const auto& violation : violations) {
      const std::string name = violation_name(violation.code);
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
    return names;
  }
};

/// A receiver with what it said, fed by hand; datagram n arrives at n.
struct Receiving {
  explicit Receiving(const VideoReceiverOptions& options) : receiver(options, heard) {}

  void push(vectors::Bytes datagram) { receiver.push(datagram, ++time); }
  void push(const std::vector<vectors::Bytes>& datagrams) {
    for (const auto& datagram : datagrams) push(datagram);
  }

  Heard heard;
  VideoReceiver receiver;
  Nanoseconds time = 0;
};

/// What a host sends of one frame, unsealed.
inline std::vector<vectors::Bytes> packets_of(std::span<const std::uint8_t> access_unit,
                                              const FrameShape& shape, const FrameLabel& label) {
  VideoFrame frame(shape.packet_size, false);
  if (!frame.begin(access_unit.size(), shape)) return {};
  frame.place(access_unit);
  frame.label(label);
  std::vector<vectors::Bytes> packets;
  for (std::size_t b = 0; b < frame.plan().block_count; ++b) {
    frame.finish_data(b, 0, frame.plan().blocks[b].data);
    frame.finish_parity(b);
  }
  for (std::size_t i = 0; i < frame.plan().shards; ++i) {
    packets.emplace_back(frame.shard(i), frame.shard(i) + frame.shard_bytes());
  }
  return packets;
}

}  // namespace earthshine::test
