#pragma once

#include <doctest/doctest.h>

#include <cstddef>
#include <memory>

#include "net/datagram_source.h"
#include "net/impaired_link.h"
#include "net/transport.h"

namespace earthshine::test {

struct MemoryWireSettings {
  /// Bytes of the longest datagram; longer ones are lost and counted as oversized.
  std::size_t largest = 2048;
  /// Datagrams that wait for the receiver at most, like a socket's buffer.
  std::size_t capacity = 8192;
  /// How long a datagram is under way.
  Nanoseconds delay = 0;
  LinkImpairment impairment{};
};

/// A wire in memory: what one thread sends into the transport another one receives from the source,
/// through a network that may be as bad as wanted. The queue's memory is taken once. Both ends may
/// outlive this object and each other.
class MemoryWire {
 public:
  explicit MemoryWire(const MemoryWireSettings& settings = {});

  [[nodiscard]] std::shared_ptr<Transport> transport() const { return transport_; }
  [[nodiscard]] std::shared_ptr<DatagramSource> source() const { return source_; }
  /// What the network did so far; safe from any thread.
  [[nodiscard]] LinkCounts counts() const;
  /// Ends a `receive` that waits; later ones return at once when nothing is there.
  void stop();

 private:
  struct Queue;
  class Sender;
  class Receiver;

  std::shared_ptr<Queue> queue_;
  std::shared_ptr<Transport> transport_;
  std::shared_ptr<DatagramSource> source_;
};

/// Takes what has come, or what comes first within `wait`; how many there were.
inline std::size_t drain(DatagramSource& source, const DatagramSource::OnDatagram& on_datagram,
                         Nanoseconds wait = 0) {
  const auto received = source.receive(on_datagram, now() + wait);
  REQUIRE(received.ok());
  return received.value();
}

}  // namespace earthshine::test
