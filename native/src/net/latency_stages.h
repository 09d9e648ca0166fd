#pragma once

#include <optional>

#include "base/clock.h"
#include "base/histogram.h"
#include "encode/frame_journey.h"

namespace earthshine {

/// What the host latency of new pictures is made of. All of it is of the same frames, so the means
/// of the stages and of the waits between them add up to the mean of the whole.
struct LatencyFigures {
  /// From the change of the picture to its first packet, then the parts of it in their order.
  std::optional<Histogram::Percentiles> host_latency, capture_wait, capture, convert, encode_wait,
      encode, send_wait;

  /// ViewerStatistics
  template <typename Visit>
  void each(Visit&& visit) const {
    visit("hostLatency", host_latency);
    visit("captureWait", capture_wait);
    visit("capture", capture);
    visit("convert", convert);
    visit("encodeWait", encode_wait);
    visit("encode", encode);
    visit("sendWait", send_wait);
  }
};

/// Takes one frame after the other apart. Its owner sees to it that one thread is in it at a time.
class LatencyStages {
 public:
  /// `captured`: when the picture changed; `leaves`: when its first packet is about to be sent.
  void add(Nanoseconds captured, const FrameJourney& journey, Nanoseconds leaves) {
    host_latency_.add(leaves - captured);
    if (!journey.known()) return;
    capture_wait_.add(journey.begun - captured);
    capture_.add(journey.capture);
    convert_.add(journey.convert);
    encode_wait_.add(journey.encode_wait());
    encode_.add(journey.encode);
    send_wait_.add(leaves - journey.encoded);
  }

  /// Since the last call.
  LatencyFigures take() {
    return {.host_latency = host_latency_.take(),
            .capture_wait = capture_wait_.take(),
            .capture = capture_.take(),
            .convert = convert_.take(),
            .encode_wait = encode_wait_.take(),
            .encode = encode_.take(),
            .send_wait = send_wait_.take()};
  }

 private:
  Histogram host_latency_, capture_wait_, capture_, convert_, encode_wait_, encode_, send_wait_;
};

}  // namespace earthshine
