#include "net/frame_sender.h"

#include <algorithm>
#include <cassert>

namespace earthshine {

FrameSender::FrameSender(const FrameSenderOptions& options)
    : options_(options),
      pacer_(options.pacing == PacingMode::kOff ? 0 : options.link_bits_per_second) {
  if (options.key) {
    sealer_.emplace(*options.key);
    sealed_.emplace(kSealedRun * datagram_bytes());
  }
}

std::size_t FrameSender::datagram_bytes() const {
  return options_.packet_size + 16 + (options_.key ? kSealBytes : 0);
}

void FrameSender::begin(const VideoFrame& frame, std::int64_t bits_per_second) {
  pacing_ = plan_pacing(frame.plan().shards, datagram_bytes(),
                        {.mode = options_.pacing,
                         .frame_interval = options_.frame_interval,
                         .bits_per_second = bits_per_second,
                         .link_bits_per_second = options_.link_bits_per_second});
  sleep_until(pacer_.begin(now(), pacing_));
}

FrameTimes FrameSender::send(VideoFrame& frame, const FrameLabel& label, std::uint64_t nonce,
                             FrameFeed& feed, Transport& to) {
  const FramePlan& plan = frame.plan();
  times_ = {};
  nonce_ = nonce;
  next_burst_ = pacing_.burst;
  first_handed_ = 0;
  feed.wait_for(std::min(plan.data, kPlaceStep));
  frame.label(label);

  std::size_t at = 0;
  for (std::size_t b = 0; b < plan.block_count; ++b) {
    const BlockPlan& block = plan.blocks[b];
    const std::size_t parity_at = block.first_shard + block.data;
    while (at < parity_at) {
      const std::size_t end = run_end(at, parity_at, feed);
      feed.wait_for(block.first_data + end - block.first_shard);
      const Nanoseconds started = now();
      frame.finish_data(b, at - block.first_shard, end - at);
      send_run(frame, to, at, end, started);
      at = end;
    }
    const Nanoseconds begun = now();
    frame.finish_parity(b);
    times_.packetize += now() - begun;
    while (at < parity_at + block.parity) {
      const std::size_t end = run_end(at, parity_at + block.parity, feed);
      send_run(frame, to, at, end, now());
      at = end;
    }
  }
  return times_;
}

/// Waits for the next burst when `at` begins one, and returns where the run from `at` on ends: at
/// the burst's end, at `segment_end`, or where the buffer for sealed packets is full.
std::size_t FrameSender::run_end(std::size_t at, std::size_t segment_end, FrameFeed& feed) {
  assert(pacing_.burst > 0);
  if (at == next_burst_) {
    sleep_until(pacer_.next(at / pacing_.burst, feed.another_waits()));
    next_burst_ += pacing_.burst;
  }
  std::size_t end = std::min(segment_end, next_burst_);
  // The first packets leave while the rest of a large frame is still placed.
  if (at == 0) end = std::min(end, sealer_ ? kFirstSealedRun : kPlaceStep);
  if (sealer_) end = std::min(end, at + kSealedRun);
  return end;
}

bool FrameSender::seal(const VideoFrame& frame, std::size_t from, std::size_t end) {
  const std::size_t size = datagram_bytes();
  for (std::size_t at = from; at < end; ++at) {
    if (!sealer_->seal(nonce_ + at, frame.labelled().frame_index,
                       {frame.shard(at), frame.shard_bytes()},
                       sealed_->data() + (at - from) * size)) {
      return false;
    }
  }
  return true;
}

/// `started`: when the run's headers were begun.
void FrameSender::send_run(const VideoFrame& frame, Transport& to, std::size_t from,
                           std::size_t end, Nanoseconds started) {
  const std::size_t size = datagram_bytes(), count = end - from;
  const bool ready = !sealer_ || seal(frame, from, end);
  const Nanoseconds handed = now();
  times_.packetize += handed - started;
  if (!ready) {
    times_.unsealed += count;
    return;
  }
  pacer_.sent(handed, count * size);
  to.send_equal(sealer_ ? sealed_->data() : frame.shard(from), size, count);
  const Nanoseconds returned = now();
  if (first_handed_ == 0) first_handed_ = handed;
  times_.send += returned - handed;
  times_.spread = returned - first_handed_;
}

}  // namespace earthshine
