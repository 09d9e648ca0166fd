#include "receive/block_assembly.h"

#include <algorithm>
#include <cstring>

#include "packet/parity_kernel.h"

namespace earthshine {

namespace {

/// The headers as rows of bytes, for the parity kernels.
std::uint8_t* bytes_of(ProtectedHeader* headers) {
  // SAFETY: a trivially copyable struct of 8 bytes without padding, read as its bytes.
  return reinterpret_cast<std::uint8_t*>(headers);
}

}  // namespace

BlockAssembly::BlockAssembly(std::size_t payload)
    : payload_(payload),
      parity_payloads_(kMaxBlockShards * payload),
      recovered_payloads_(kMaxBlockShards * payload) {}

void BlockAssembly::begin(const VideoPacket& packet, std::uint8_t* place) {
  place_ = place;
  frame_ = packet.frame;
  timestamp_ = packet.timestamp;
  index_ = packet.block;
  last_block_ = packet.last_block;
  data_ = packet.data;
  parity_ = packet.parity;
  fec_percentage_ = packet.fec_percentage;
  first_sequence_ = packet.first_sequence();
  received_.reset();
  data_received_ = parity_received_ = 0;
  highest_ = -1;
  parity_came_first_ = complete_ = false;
}

std::optional<Violation> BlockAssembly::contradiction(const VideoPacket& packet) const {
  Violation violation{.frame = frame_, .block = index_, .shard = packet.index};
  const auto is = [&](ViolationCode code, std::uint64_t seen, std::uint64_t expected) {
    violation.code = code;
    violation.seen = seen;
    violation.expected = expected;
    return violation;
  };
  if (packet.data != data_ || packet.fec_percentage != fec_percentage_) {
    return is(ViolationCode::kShardCountsChange, packet.data, data_);
  }
  if (packet.last_block != last_block_) {
    return is(ViolationCode::kBlockCountChanges, packet.last_block, last_block_);
  }
  if (packet.timestamp != timestamp_) {
    return is(ViolationCode::kTimestampChanges, packet.timestamp, timestamp_);
  }
  if (packet.first_sequence() != first_sequence_) {
    return is(ViolationCode::kForeignSequence, packet.first_sequence(), first_sequence_);
  }
  return std::nullopt;
}

bool BlockAssembly::add(const VideoPacket& packet) {
  if (received_.test(packet.index)) return false;
  received_.set(packet.index);
  headers_[packet.index] = packet.header;
  std::uint8_t* place = nullptr;
  if (packet.is_parity()) {
    ++parity_received_;
    place = parity_payloads_.data() + (packet.index - data_) * payload_;
  } else {
    ++data_received_;
    parity_came_first_ |= parity_received_ > 0;
    place = place_ + packet.index * payload_;
  }
  std::memcpy(place, packet.payload.data(), payload_);
  highest_ = std::max(highest_, static_cast<int>(packet.index));
  return true;
}

unsigned BlockAssembly::finish(const std::function<void(const Violation&)>& report) {
  complete_ = true;
  if (data_received_ == data_) return 0;
  std::array<std::uint16_t, kMaxBlockShards> erased, chosen;
  std::size_t count = 0;
  for (unsigned i = 0; i < data_; ++i) {
    if (!received_.test(i)) erased[count++] = static_cast<std::uint16_t>(i);
  }
  std::size_t found = 0;
  for (unsigned j = 0; found < count; ++j) {
    if (received_.test(data_ + j)) chosen[found++] = static_cast<std::uint16_t>(j);
  }
  decoder_.prepare(data_, parity_, {erased.data(), count}, {chosen.data(), count});
  for (std::size_t n = 0; n < count; ++n) {
    std::memcpy(place_ + erased[n] * payload_, parity_payloads_.data() + chosen[n] * payload_,
                payload_);
    headers_[erased[n]] = headers_[data_ + chosen[n]];
  }
  decoder_.recover(place_, payload_, payload_, recovered_payloads_.data());
  decoder_.recover(bytes_of(headers_.data()), sizeof(ProtectedHeader), sizeof(ProtectedHeader),
                   bytes_of(recovered_headers_.data()));
  for (std::size_t n = 0; n < count; ++n) {
    std::memcpy(place_ + erased[n] * payload_, recovered_payloads_.data() + n * payload_, payload_);
    headers_[erased[n]] = recovered_headers_[n];
    check_recovered(erased[n], report);
  }
  return static_cast<unsigned>(count);
}

void BlockAssembly::check_recovered(unsigned shard,
                                    const std::function<void(const Violation&)>& report) const {
  const ProtectedHeader& header = headers_[shard];
  const std::uint8_t flags = expected_flags(shard, data_);
  const auto sequence = static_cast<std::uint16_t>(first_sequence_ + shard);
  const auto say = [&](ViolationCode code, std::uint64_t seen, std::uint64_t expected) {
    report({code, frame_, index_, shard, seen, expected});
  };
  if (header.flags != flags) {
    say(ViolationCode::kRecoveredFlags, header.flags, flags);
  } else if (header.extra_flags & ~1U) {
    say(ViolationCode::kRecoveredExtraFlags, header.extra_flags, 0);
  } else if (static_cast<std::uint16_t>(header.packet_index >> 8) != sequence) {
    say(ViolationCode::kRecoveredPacketIndex, header.packet_index, sequence);
  }
}

bool BlockAssembly::parity_fits(const VideoPacket& packet) {
  // One row of the code: the column of coefficients begins at this parity shard's entry.
  const std::uint8_t* const row = cauchy_columns(parity_) + (packet.index - data_);
  const auto compute = [&](const std::uint8_t* source, std::size_t length, std::uint8_t* target) {
    parity_kernel().run({.coefficients = row,
                         .coefficient_stride = parity_,
                         .data = data_,
                         .parity = 1,
                         .source = source,
                         .source_stride = length,
                         .target = target,
                         .target_stride = length,
                         .length = length});
  };
  ProtectedHeader expected;
  compute(bytes_of(headers_.data()), sizeof expected, bytes_of(&expected));
  if (packet.header.packet_index != expected.packet_index ||
      packet.header.flags != expected.flags || packet.header.extra_flags != expected.extra_flags) {
    return false;
  }
  compute(place_, payload_, recovered_payloads_.data());
  return std::memcmp(packet.payload.data(), recovered_payloads_.data(), payload_) == 0;
}

BlockStatus BlockAssembly::status() const {
  unsigned contiguous = 0;
  while (contiguous < data_ + parity_ && received_.test(contiguous)) ++contiguous;
  const unsigned received = data_received_ + parity_received_;
  return {.frame = frame_,
          .block = index_,
          .last_block = last_block_,
          .data = data_,
          .parity = parity_,
          .fec_percentage = fec_percentage_,
          .data_received = data_received_,
          .parity_received = parity_received_,
          .missing_before_highest = static_cast<unsigned>(highest_ + 1) - received,
          .highest_sequence = static_cast<std::uint16_t>(first_sequence_ + std::max(highest_, 0)),
          .next_contiguous_sequence = static_cast<std::uint16_t>(first_sequence_ + contiguous)};
}

}  // namespace earthshine
