#include "receive/hold_back.h"

#include <algorithm>
#include <cstring>

namespace earthshine {

namespace {

/// Whether a packet's block comes before another's.
bool earlier(const VideoPacket& a, const VideoPacket& b) {
  const auto ahead = static_cast<std::int32_t>(a.frame - b.frame);
  return ahead < 0 || (ahead == 0 && a.block < b.block);
}

}  // namespace

HoldBack::HoldBack(const ReorderTolerance& tolerance, std::size_t packet_size,
                   FrameAssembler& assembler)
    : tolerance_(tolerance),
      assembler_(assembler),
      payload_(packet_size + kRtpBytes - kVideoHeaderBytes),
      payloads_(std::max<std::size_t>(tolerance.packets, 1) * payload_) {
  held_.reserve(tolerance.packets);
  free_.reserve(tolerance.packets);
  for (std::size_t slot = 0; slot < tolerance.packets; ++slot) free_.push_back(slot);
}

void HoldBack::push(const VideoPacket& packet, Nanoseconds arrived) {
  if (tolerance_.packets == 0) return assembler_.push(packet, arrived);
  expire(arrived);
  if (assembler_.in_order(packet)) {
    assembler_.push(packet, arrived);
    return release();
  }
  while (free_.empty()) give_up();
  // What was given up may have been all that this packet waited for.
  if (assembler_.in_order(packet)) {
    assembler_.push(packet, arrived);
    return release();
  }
  const std::size_t slot = free_.back();
  free_.pop_back();
  std::uint8_t* const copy = payloads_.data() + slot * payload_;
  std::memcpy(copy, packet.payload.data(), payload_);
  held_.push_back({packet, arrived, slot});
  held_.back().packet.payload = {copy, payload_};
}

std::optional<Nanoseconds> HoldBack::deadline() const {
  if (held_.empty()) return std::nullopt;
  return held_.front().arrived + tolerance_.time;
}

void HoldBack::expire(Nanoseconds time) {
  while (!held_.empty() && held_.front().arrived + tolerance_.time <= time) give_up();
}

void HoldBack::release() {
  for (std::size_t at = 0; at < held_.size();) {
    if (assembler_.in_order(held_[at].packet)) {
      pass(at);
      at = 0;
    } else {
      ++at;
    }
  }
}

void HoldBack::give_up() {
  const auto first = std::min_element(held_.begin(), held_.end(), [](const Held& a, const Held& b) {
    return earlier(a.packet, b.packet);
  });
  pass(static_cast<std::size_t>(first - held_.begin()));
  release();
}

void HoldBack::pass(std::size_t at) {
  const Held held = held_[at];
  held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(at));
  assembler_.push(held.packet, held.arrived);
  free_.push_back(held.slot);
}

}  // namespace earthshine
