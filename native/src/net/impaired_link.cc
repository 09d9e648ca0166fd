#include "net/impaired_link.h"

#include <algorithm>
#include <cstring>

namespace earthshine {

ImpairedLink::ImpairedLink(const LinkImpairment& settings, std::size_t largest)
    : settings_(settings),
      impairment_(settings.packets),
      largest_(largest),
      // A datagram that is late by n has at most n others waiting before it.
      late_(settings.packets.reorder > 0
                ? static_cast<std::size_t>(std::max(settings.packets.distance, 1)) + 1
                : 0),
      bytes_((late_.size() + 1) * largest) {}

void ImpairedLink::pass(std::span<std::uint8_t> datagram, Nanoseconds arrived,
                        const DatagramSource::OnDatagram& hand_on) {
  ++count_;
  // Drawn for every datagram, so that a blackout does not shift what happens after it.
  const Impairment::Fate fate = impairment_.next();
  const bool fits = datagram.size() <= largest_;
  const Nanoseconds due = arrived + fate.delay;
  if (dark(arrived)) {
    ++counts_.blacked_out;
  } else if (fate.dropped) {
    ++counts_.dropped;
  } else if (fate.packets_late > 0 && fits &&
             keep(datagram, count_ + static_cast<std::uint64_t>(fate.packets_late))) {
    ++counts_.reordered;
  } else if (fate.duplicated && fits) {
    ++counts_.duplicated;
    // The receiver opens the first in place.
    const std::span<std::uint8_t> second{bytes_.data() + late_.size() * largest_, datagram.size()};
    std::copy(datagram.begin(), datagram.end(), second.begin());
    hand_on(datagram, due);
    hand_on(second, due);
  } else {
    if (fate.delay > 0) ++counts_.delayed;
    hand_on(datagram, due);
  }
  if (waiting_ > 0) release(arrived, hand_on);
}

bool ImpairedLink::dark(Nanoseconds arrived) {
  if (settings_.blackout <= 0) return false;
  if (!first_) first_ = arrived;
  const Nanoseconds since = arrived - *first_;
  return since >= settings_.blackout_after && since < settings_.blackout_after + settings_.blackout;
}

bool ImpairedLink::keep(std::span<const std::uint8_t> datagram, std::uint64_t due) {
  const auto free =
      std::find_if(late_.begin(), late_.end(), [](const Late& late) { return late.due == 0; });
  if (free == late_.end()) return false;
  *free = {due, datagram.size()};
  std::copy(datagram.begin(), datagram.end(),
            bytes_.begin() + (free - late_.begin()) * static_cast<std::ptrdiff_t>(largest_));
  ++waiting_;
  return true;
}

void ImpairedLink::release(Nanoseconds arrived, const DatagramSource::OnDatagram& hand_on) {
  // All are late by the same number, so at most one is due with each datagram.
  for (std::size_t place = 0; place < late_.size(); ++place) {
    if (late_[place].due == 0 || late_[place].due > count_) continue;
    const std::size_t size = late_[place].size;
    late_[place].due = 0;
    --waiting_;
    hand_on({bytes_.data() + place * largest_, size}, arrived);
  }
}

}  // namespace earthshine
