#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/histogram.h"
#include "base/result.h"
#include "base/thread_class.h"
#include "encode/access_unit.h"
#include "net/departure.h"
#include "net/endpoint.h"
#include "net/impairment.h"
#include "net/latency_stages.h"
#include "net/pacer.h"
#include "net/transport.h"
#include "packet/counters.h"

namespace earthshine {

/// How packets are handed to the kernel. `auto`: segmentation offload where the self-test finds it
/// sound, else batches; whatever is chosen still gives way when the kernel refuses it.
enum class SendMethod : std::uint8_t { kAuto, kSegmentation, kBatch, kSingle };

struct VideoStreamOptions {
  /// as announced by the client: NV header and payload
  int packet_size = 1392;
  int fec_percentage = 20;
  int min_fec_packets = 2;
  std::optional<std::array<std::uint8_t, 16>> key{};
  bool dscp = true;
  /// one frame's interval; pacing spreads a frame over at most three quarters of it
  Nanoseconds frame_interval = 16'666'667;
  /// no burst goes out faster than this, unless the pacing is off
  std::int64_t link_bits_per_second = 800'000'000;
  /// kbit/s, for the size of the socket buffer and the pace of a frame's bursts
  int bitrate_kbps = 10'000;
  PacingMode pacing = PacingMode::kSmooth;
  SendMethod method = SendMethod::kAuto;
  /// packets lost on purpose before they are sent; of these `drop`, `burst` and `seed` count
  std::optional<ImpairmentSettings> drop{};
};

/// Bytes for packets that wait for the network card; 0 before an endpoint is known.
struct SendBuffer {
  std::size_t asked = 0, granted = 0;
};

/// Figures since the last call.
struct VideoStreamStatistics {
  LatencyFigures latency;
  /// Per frame: `packetize` is the time spent on copying, headers, parity and sealing; `send` the
  /// time inside the kernel's calls; `spread` lasts from the first packet handed to the kernel to
  /// the last, pauses included.
  std::optional<Histogram::Percentiles> packetize, send, spread;
  std::uint64_t frames_sent = 0, frames_dropped = 0, packets = 0, bytes = 0, send_drops = 0,
                send_errors = 0, injected_drops = 0;
  /// how packets leave at present: gso, sendmmsg, send, or none before the first frame
  const char* send_method = "none";
  SendBuffer send_buffer;
  /// how the send thread is scheduled
  ThreadClass send_thread = ThreadClass::kNormal;
  /// as set last
  int bitrate_kbps = 0, fec_percentage = 0;

  /// ViewerStatistics; what a viewer's sound counts too, it adds up itself
  template <typename Visit>
  void each(Visit&& visit) const {
    latency.each(visit);
    visit("packetize", packetize);
    visit("send", send);
    visit("spread", spread);
    visit("framesDropped", frames_dropped);
    visit("videoPackets", packets);
    visit("videoBytes", bytes);
    visit("injectedDrops", injected_drops);
    visit("sendMethod", send_method);
    const bool bound = send_buffer.granted > 0;
    visit("sendBuffer", bound ? std::optional(send_buffer.granted) : std::nullopt);
    visit("sendBufferAsked", bound ? std::optional(send_buffer.asked) : std::nullopt);
    visit("fecPercentage", fec_percentage);
  }
};

/// One viewer's video on its way to the wire: a queue of two frames, then a thread of its own that
/// cuts a frame into shards, adds parity, seals and sends it paced. Never blocks the encoder.
class VideoStream {
 public:
  VideoStream(const VideoStreamOptions& options, CounterSlot& counters);
  ~VideoStream();
  VideoStream(const VideoStream&) = delete;
  VideoStream& operator=(const VideoStream&) = delete;

  /// Takes a frame from the encode thread (its bytes are copied once). False when it was dropped
  /// because the queue is full, the frame is too large for four blocks, or no endpoint is known: it
  /// then has no number, and the caller sends nothing that may refer to it before the next IDR or
  /// frame of type 5.
  bool submit(const AccessUnit& unit);
  /// Opens (or moves) the connected socket. Nothing is sent before.
  Result<bool> set_endpoint(const Endpoint& endpoint);
  /// Sends there instead, as tests do with memory. The send thread owns it from now on.
  void set_transport(std::shared_ptr<Transport> transport);
  /// Leaves segmentation offload for good, at later endpoints too.
  void use_batches();
  void set_fec_percentage(int percentage);
  /// Parity packets of a block at least, instead of the options'. A keyframe, whose loss costs more
  /// than another frame's, has twice what is beyond the options'.
  void set_min_fec_packets(int packets);
  /// The encoder's rate has changed to `kbps`: from the next frame on bursts are spread for it. The
  /// socket's buffer follows at the next endpoint.
  void set_bitrate(int kbps);
  /// Bytes of the longest access unit that submit() takes.
  [[nodiscard]] std::size_t largest_access_unit() const;
  /// The frame index that the next accepted frame gets.
  [[nodiscard]] std::uint32_t next_frame_index() const;
  /// Of the present socket.
  [[nodiscard]] SendBuffer send_buffer() const;
  /// Of the newest IDR that has left as a whole.
  [[nodiscard]] Departure keyframe_departure() const;
  VideoStreamStatistics take_statistics();
  /// Ends the thread; may be called twice.
  void close();

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace earthshine
