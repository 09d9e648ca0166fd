#include "receive/nonce_check.h"

#include "receive/video_packet.h"

namespace earthshine {

std::optional<Violation> NonceCheck::see(std::uint64_t counter, std::uint64_t tag,
                                         std::uint16_t sequence) {
  Seen& place = seen_[counter % kRemembered];
  const bool again = place.used && place.counter == counter;
  if (again && place.tag != tag) {
    return Violation{.code = ViolationCode::kNonceReused, .seen = counter, .expected = highest_};
  }
  if (again) return std::nullopt;
  // Nothing is overwritten by what is older: the younger one can still come again.
  if (!place.used || counter > place.counter) place = {counter, tag, true};
  const int ahead = sequence_distance(sequence, sequence_);
  const bool higher = counter > highest_;
  const std::uint64_t before = highest_;
  const bool first = !any_;
  if (first || higher) {
    highest_ = counter;
    sequence_ = sequence;
    any_ = true;
  }
  // Packets are counted as they are sent, so both numbers rise together. Over a gap of half the
  // sequence numbers or more nothing can be said.
  constexpr std::uint64_t kComparable = 1 << 15;
  const std::uint64_t gap = higher ? counter - before : before - counter;
  if (!first && gap < kComparable && higher != (ahead > 0)) {
    return Violation{.code = ViolationCode::kNonceOrder, .seen = counter, .expected = before};
  }
  return std::nullopt;
}

}  // namespace earthshine
