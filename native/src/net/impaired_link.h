#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/clock.h"
#include "net/datagram_source.h"
#include "net/impairment.h"

namespace earthshine {

/// A bad network between a sender and a receiver.
struct LinkImpairment {
  ImpairmentSettings packets{};
  /// Nothing passes for `blackout` from `blackout_after` the first datagram on; 0: never.
  Nanoseconds blackout_after = 0, blackout = 0;
};

struct LinkCounts {
  /// lost by chance; lost in the blackout
  std::uint64_t dropped = 0, blacked_out = 0;
  std::uint64_t duplicated = 0, reordered = 0, delayed = 0;
};

/// Passes datagrams on as that network would: each is lost, doubled, or comes some packets late,
/// the same in every run with the same settings. One that takes longer is handed on at once with
/// the later time: whoever has a queue keeps it until then. Owned by one thread. Memory
/// is taken for as many late datagrams as there can be at a time, once.
class ImpairedLink {
 public:
  /// `largest`: bytes of the longest datagram.
  ImpairedLink(const LinkImpairment& settings, std::size_t largest);

  /// One datagram comes in; what leaves the network because of it is handed on. The bytes of
  /// `datagram` may be changed by whoever gets them.
  void pass(std::span<std::uint8_t> datagram, Nanoseconds arrived,
            const DatagramSource::OnDatagram& hand_on);
  [[nodiscard]] const LinkCounts& counts() const { return counts_; }

 private:
  struct Late {
    /// leaves together with this datagram, counted from 1; 0: the place is free
    std::uint64_t due = 0;
    std::size_t size = 0;
  };

  [[nodiscard]] bool dark(Nanoseconds arrived);
  bool keep(std::span<const std::uint8_t> datagram, std::uint64_t due);
  void release(Nanoseconds arrived, const DatagramSource::OnDatagram& hand_on);

  LinkImpairment settings_;
  Impairment impairment_;
  std::size_t largest_;
  std::vector<Late> late_;
  /// one place more than `late_`, for the second of a doubled datagram
  std::vector<std::uint8_t> bytes_;
  std::size_t waiting_ = 0;
  std::uint64_t count_ = 0;
  std::optional<Nanoseconds> first_;
  LinkCounts counts_;
};

}  // namespace earthshine
