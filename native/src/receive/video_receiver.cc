#include "receive/video_receiver.h"

#include <algorithm>

#include "net/sequence_window.h"
#include "packet/byte_order.h"
#include "packet/video_opener.h"
#include "packet/video_sealer.h"
#include "receive/frame_header.h"
#include "receive/nonce_check.h"

namespace earthshine {

namespace {

/// Outside of these a shard could hold no frame header, or fit no datagram.
constexpr std::size_t kLeastPacketSize = 64, kMostPacketSize = 65'000;

/// 16-bit sequence numbers carried on in 64 bits, which never go below 0.
class SequenceCount {
 public:
  std::uint64_t extend(std::uint16_t sequence) {
    if (!any_) {
      any_ = true;
      highest_ = kStart + sequence;
      return highest_;
    }
    const int step = sequence_distance(sequence, static_cast<std::uint16_t>(highest_));
    const std::uint64_t extended = highest_ + static_cast<std::uint64_t>(std::int64_t{step});
    highest_ = std::max(highest_, extended);
    return extended;
  }

 private:
  static constexpr std::uint64_t kStart = 1 << 16;
  std::uint64_t highest_ = 0;
  bool any_ = false;
};

}  // namespace

struct VideoReceiver::Implementation final : AssemblyEvents {
  Implementation(const VideoReceiverOptions& options, VideoEvents& listener)
      : packet_size(std::clamp(options.packet_size, kLeastPacketSize, kMostPacketSize)),
        events(listener),
        assembler(packet_size, options.min_parity, *this),
        hold_back(options.tolerance, packet_size, assembler) {
    if (options.key) opener.emplace(*options.key);
  }

  void push(std::span<std::uint8_t> datagram, Nanoseconds arrived) {
    ++counters.datagrams;
    counters.bytes += datagram.size();
    std::span<const std::uint8_t> shard = datagram;
    std::optional<OpenedDatagram> opened;
    if (opener) {
      opened = opener->open(datagram);
      if (!opened) {
        ++counters.unopened;
        return on_violation({.code = ViolationCode::kUnopened, .seen = datagram.size()});
      }
      shard = opened->shard;
    }
    Violation violation;
    const auto packet = parse_video_packet(shard, packet_size, violation);
    if (opened) check_seal(*opened, shard);
    if (!packet) return on_violation(violation);
    ++counters.packets;
    follow(packet->sequence);
    hold_back.push(*packet, arrived);
  }

  void check_seal(const OpenedDatagram& opened, std::span<const std::uint8_t> shard) {
    if (shard.size() < kVideoHeaderBytes) return;
    const std::uint32_t frame = get32le(&shard[20]);
    if (auto violation = nonces.see(opened.counter, opened.tag, get16be(&shard[2]))) {
      violation->frame = frame;
      on_violation(*violation);
    }
    if (opened.frame_number != frame) {
      on_violation({.code = ViolationCode::kClearFrameNumber,
                    .frame = frame,
                    .seen = opened.frame_number,
                    .expected = frame});
    }
  }

  void follow(std::uint16_t sequence) {
    const std::uint64_t extended = sequences.extend(sequence);
    if (counters.packets == 1) first_sequence = extended;
    switch (window.add(extended)) {
      case SequenceWindow::Arrival::kNext:
        break;
      case SequenceWindow::Arrival::kDuplicate:
        ++counters.duplicates;
        break;
      case SequenceWindow::Arrival::kReordered:
      case SequenceWindow::Arrival::kAncient:
        ++counters.out_of_order;
        break;
    }
  }

  [[nodiscard]] std::uint64_t missing() const {
    const std::uint64_t sent = window.end() - first_sequence;
    return sent > window.seen() ? sent - window.seen() : 0;
  }

  void on_assembled(const AssembledFrame& frame) override {
    Violation violation{.frame = frame.index};
    const std::size_t payload = packet_size + kRtpBytes - kVideoHeaderBytes;
    const auto header = parse_frame_header(frame.bytes.first(payload), violation);
    if (!header) return on_violation(violation);
    const std::size_t length = frame.bytes.size() - payload + header->last_length;
    // Only a frame of one packet can be shorter than its header.
    if (length < kFrameHeaderBytes) {
      violation.code = ViolationCode::kLastLength;
      violation.seen = header->last_length;
      violation.expected = kFrameHeaderBytes;
      return on_violation(violation);
    }
    const auto padding = frame.bytes.subspan(length);
    if (std::any_of(padding.begin(), padding.end(), [](std::uint8_t byte) { return byte != 0; })) {
      on_violation({.code = ViolationCode::kPadding, .frame = frame.index});
    }
    ++counters.frames;
    if (header->type == FrameType::kIdr) ++counters.keyframes;
    check_order(frame, header->type);
    events.on_frame({.index = frame.index,
                     .timestamp = frame.timestamp,
                     .type = header->type,
                     .host_latency = header->host_latency,
                     .blocks = frame.blocks,
                     .recovered_shards = frame.recovered_shards,
                     .first_packet_bytes = std::min(payload, length) - kFrameHeaderBytes,
                     .data = frame.bytes.subspan(kFrameHeaderBytes, length - kFrameHeaderBytes),
                     .first_packet = frame.first_packet,
                     .completed = frame.completed});
  }

  void check_order(const AssembledFrame& frame, FrameType type) {
    if (counters.frames == 1) {
      if (type != FrameType::kIdr && assembler.counters().lost_frames == 0) {
        on_violation({.code = ViolationCode::kFirstFrameType,
                      .frame = frame.index,
                      .seen = static_cast<std::uint64_t>(type),
                      .expected = static_cast<std::uint64_t>(FrameType::kIdr)});
      }
    } else if (frame.timestamp == 0) {
      on_violation({.code = ViolationCode::kTimestampZero, .frame = frame.index});
    } else if (static_cast<std::int32_t>(frame.timestamp - last_timestamp) < 0) {
      on_violation({.code = ViolationCode::kTimestampBack,
                    .frame = frame.index,
                    .seen = frame.timestamp,
                    .expected = last_timestamp});
    }
    last_timestamp = frame.timestamp;
  }

  void on_lost(std::uint32_t first, std::uint32_t last) override { events.on_lost(first, last); }
  void on_damaged(const BlockStatus& block) override { events.on_damaged(block); }
  void on_violation(const Violation& violation) override {
    ++counters.violations;
    events.on_violation(violation);
  }

  std::size_t packet_size;
  VideoEvents& events;
  VideoReceiverCounters counters;
  std::optional<VideoOpener> opener;
  NonceCheck nonces;
  SequenceCount sequences;
  SequenceWindow window;
  std::uint64_t first_sequence = 0;
  std::uint32_t last_timestamp = 0;
  FrameAssembler assembler;
  HoldBack hold_back;
};

VideoReceiver::VideoReceiver(const VideoReceiverOptions& options, VideoEvents& events)
    : implementation_(std::make_unique<Implementation>(options, events)) {}

VideoReceiver::~VideoReceiver() = default;

void VideoReceiver::push(std::span<std::uint8_t> datagram, Nanoseconds arrived) {
  implementation_->push(datagram, arrived);
}

std::optional<Nanoseconds> VideoReceiver::deadline() const {
  return implementation_->hold_back.deadline();
}

void VideoReceiver::expire(Nanoseconds time) {
  implementation_->hold_back.expire(time);
}

VideoReceiverCounters VideoReceiver::counters() const {
  VideoReceiverCounters counters = implementation_->counters;
  counters.missing_packets = implementation_->missing();
  counters.assembly = implementation_->assembler.counters();
  return counters;
}

std::size_t VideoReceiver::datagram_bytes() const {
  return implementation_->packet_size + kRtpBytes + (implementation_->opener ? kSealBytes : 0);
}

}  // namespace earthshine
