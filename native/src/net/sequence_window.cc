#include "net/sequence_window.h"

namespace earthshine {

void SequenceWindow::clear(std::uint64_t from, std::uint64_t to) {
  if (to - from >= kNumbers) {
    bits_.fill(0);
    return;
  }
  for (std::uint64_t number = from; number < to;) {
    std::uint64_t& word = bits_[number / 64 % kWords];
    if (number % 64 == 0 && to - number >= 64) {
      word = 0;
      number += 64;
    } else {
      word &= ~(std::uint64_t{1} << (number % 64));
      ++number;
    }
  }
}

SequenceWindow::Arrival SequenceWindow::add(std::uint64_t sequence) {
  std::uint64_t& word = bits_[sequence / 64 % kWords];
  const std::uint64_t bit = std::uint64_t{1} << (sequence % 64);
  if (sequence >= end_) {
    clear(end_, sequence);
    end_ = sequence + 1;
    word |= bit;
    ++seen_;
    return Arrival::kNext;
  }
  if (end_ - sequence > kNumbers) return Arrival::kAncient;
  if (word & bit) return Arrival::kDuplicate;
  word |= bit;
  ++seen_;
  return Arrival::kReordered;
}

}  // namespace earthshine
