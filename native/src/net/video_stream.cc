#include "net/video_stream.h"

#include <pthread.h>
#include <sys/prctl.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <mutex>
#include <thread>
#include <utility>

#include "base/doorbell.h"
#include "base/thread_raiser.h"
#include "net/batch_sender.h"
#include "net/dropping_transport.h"
#include "net/frame_sender.h"
#include "net/latency_stages.h"
#include "net/media_socket.h"
#include "net/segmentation_check.h"
#include "net/udp_transport.h"
#include "packet/video_frame.h"

namespace earthshine {

namespace {

/// Two frames that wait and the one that is being sent.
constexpr std::size_t kSlots = 3;
/// Frames of no more data shards are placed as a whole before the send thread is woken.
constexpr std::size_t kPlacedAtOnce = 2 * kPlaceStep;
/// Outside of these a shard could hold no frame header, or fit no datagram.
constexpr int kLeastPacketSize = 64, kMostPacketSize = 65'000;

std::size_t packet_size_of(const VideoStreamOptions& options) {
  return static_cast<std::size_t>(
      std::clamp(options.packet_size, kLeastPacketSize, kMostPacketSize));
}

/// A frame between the encode thread, which fills it, and the send thread, which empties it.
struct Slot {
  Slot(std::size_t packet_size, bool sealed) : frame(packet_size, sealed) {}

  VideoFrame frame;
  FrameType type = FrameType::kPredicted;
  Nanoseconds captured = 0;
  FrameJourney journey;
  /// host latency is told
  bool timed = false;
  std::uint32_t frame_index = 0;
  /// data shards placed so far; the send thread may use these
  std::atomic<std::uint32_t> placed = 0;
  /// time that placing took; valid once all are placed
  Nanoseconds placing = 0;

  /// The shards that the send thread waits for: it is not woken for fewer.
  std::atomic<std::uint32_t> wanted = 0;

  void begin_placing(std::uint32_t first) {
    wanted.store(0);
    placed.store(first);
  }
  void progress(std::uint32_t shards) {
    placed.store(shards);
    if (shards >= wanted.load()) placed.notify_one();
  }
  // Whoever has to wait at all waits for the whole frame: placing it takes less than a wake. Both
  // sides write their own number before they read the other's (sequentially consistent), so that
  // one of them sees that there is enough.
  void wait_for(std::size_t shards) {
    if (placed.load() >= shards) return;
    const auto all = static_cast<std::uint32_t>(frame.plan().data);
    wanted.store(all);
    for (auto seen = placed.load(); seen < all; seen = placed.load()) placed.wait(seen);
  }
};

SendCounts since(const SendCounts& later, const SendCounts& earlier) {
  return {later.packets - earlier.packets, later.bytes - earlier.bytes, later.drops - earlier.drops,
          later.errors - earlier.errors, later.injected - earlier.injected};
}

}  // namespace

struct VideoStream::Implementation {
  Implementation(const VideoStreamOptions& stream_options, CounterSlot& slot)
      : options(stream_options),
        counters(slot),
        packet_size(packet_size_of(options)),
        fec_percentage(std::clamp(options.fec_percentage, 0, 255)),
        min_fec_packets(std::max(options.min_fec_packets, 0)),
        bitrate_kbps(options.bitrate_kbps),
        sender({.packet_size = packet_size,
                .key = options.key,
                .pacing = options.pacing,
                .frame_interval = options.frame_interval,
                .link_bits_per_second = options.link_bits_per_second}) {
    thread = std::thread([this] { run(); });
  }

  ~Implementation() { close(); }

  void close() {
    {
      const std::scoped_lock lock(mutex);
      closed = true;
    }
    wake.ring();
    const std::scoped_lock lock(join_mutex);
    if (thread.joinable()) thread.join();
  }

  /// A slot and the queue behind it, as the frame sender sees them.
  struct SlotFeed : FrameFeed {
    SlotFeed(Implementation& owner, Slot& filled) : stream(owner), slot(filled) {}
    void wait_for(std::size_t shards) override { slot.wait_for(shards); }
    bool another_waits() override { return stream.another_waits(); }

    Implementation& stream;
    Slot& slot;
  };

  // ---- the encode thread ----

  bool drop() {
    const std::scoped_lock lock(mutex);
    ++frames_dropped;
    return false;
  }

  bool submit(const AccessUnit& unit) {
    {
      const std::scoped_lock lock(mutex);
      if (closed || !transport || accepted - finished == kSlots) {
        ++frames_dropped;
        return false;
      }
    }
    Slot& slot = slots[accepted % kSlots];
    if (!slot.frame.begin(unit.bytes.size(), shape(unit.type))) return drop();
    slot.type = unit.type;
    slot.captured = unit.captured;
    slot.journey = unit.journey;
    slot.timed = !unit.repeated && !unit.stale && unit.captured > 0;
    slot.frame_index = take_frame_index();

    const Nanoseconds started = now();
    const std::size_t shards = slot.frame.plan().data;
    // A second wake of the send thread would cost more than placing these.
    const std::size_t first = shards <= kPlacedAtOnce ? shards : kPlaceStep;
    slot.frame.place(unit.bytes, 0, first);
    if (first == shards) slot.placing = now() - started;
    slot.begin_placing(static_cast<std::uint32_t>(first));
    {
      const std::scoped_lock lock(mutex);
      ++accepted;
    }
    wake.ring();
    // The send thread may be at work on the first shards by now.
    for (std::size_t done = first; done < shards;) {
      const std::size_t count = std::min(shards - done, kPlaceStep);
      slot.frame.place(unit.bytes, done, count);
      done += count;
      if (done == shards) slot.placing = now() - started;
      slot.progress(static_cast<std::uint32_t>(done));
    }
    return true;
  }

  [[nodiscard]] FrameShape shape(FrameType type) const {
    int least = min_fec_packets.load(std::memory_order_relaxed);
    if (type == FrameType::kIdr) least += std::max(least - options.min_fec_packets, 0);
    return {.packet_size = packet_size,
            .fec_percentage = fec_percentage.load(std::memory_order_relaxed),
            .min_parity = static_cast<unsigned>(least),
            .oversize = Oversize::kLessParity};
  }

  std::uint32_t take_frame_index() {
    // 0 is old to a client; a counter that wraps, or was never set, skips it.
    std::uint32_t index = counters.video_frame.fetch_add(1);
    while (index == 0) index = counters.video_frame.fetch_add(1);
    return index;
  }

  // ---- the send thread ----

  void run() {
    pthread_setname_np(pthread_self(), "video-send");
    // The default slack of 50 µs would make every burst that late.
    prctl(PR_SET_TIMERSLACK, 1);
    raiser.raise_this_thread(ThreadRole::kShortWakes);
    for (;;) {
      std::shared_ptr<Transport> current;
      const std::uint32_t heard = wake.heard();
      {
        const std::scoped_lock lock(mutex);
        // A frame that has a number is sent even then; the pacing of two frames ends soon.
        if (accepted == finished && closed) break;
        if (accepted != finished) current = transport;
      }
      if (!current) {
        wake.wait(heard);
        continue;
      }
      if (batches.load(std::memory_order_relaxed)) current->use_batches();
      Slot& slot = slots[finished % kSlots];
      send(slot, *current);
      const std::scoped_lock lock(mutex);
      ++finished;
      if (slot.type == FrameType::kIdr) keyframe_departure = {slot.frame_index, now()};
    }
    raiser.finish();
  }

  std::uint32_t timestamp_of(Nanoseconds captured) {
    Nanoseconds epoch = counters.video_epoch.load();
    if (epoch == 0) {
      counters.video_epoch.store(std::max<Nanoseconds>(captured, 1));
      return 0;
    }
    // 0 would tell the client that there is no timestamp (protocol 2 Q18).
    const Nanoseconds elapsed = std::max<Nanoseconds>(captured - epoch, 0);
    const auto ticks = static_cast<std::uint32_t>((elapsed * 9 + 50'000) / 100'000);
    return std::max(ticks, 1U);
  }

  void send(Slot& slot, Transport& to) {
    const auto count = static_cast<std::uint32_t>(slot.frame.plan().shards);
    FrameLabel label{.frame_index = slot.frame_index,
                     .first_packet = counters.video_packet.fetch_add(count),
                     .timestamp = timestamp_of(slot.captured),
                     .type = slot.type};
    const std::uint64_t nonce = options.key ? counters.video_nonce.fetch_add(count) : 0;
    const SendCounts before = to.counts();

    sender.begin(slot.frame,
                 static_cast<std::int64_t>(bitrate_kbps.load(std::memory_order_relaxed)) * 1000);
    std::optional<Nanoseconds> begun;
    if (slot.timed) begun = now();
    if (begun) label.host_latency = tenths_of_milliseconds(*begun - slot.captured);
    SlotFeed feed(*this, slot);
    const FrameTimes times = sender.send(slot.frame, label, nonce, feed, to);
    note(slot, times, since(to.counts(), before), begun, to.method_name());
  }

  void note(const Slot& slot, const FrameTimes& times, const SendCounts& counts,
            std::optional<Nanoseconds> begun, const char* method) {
    // A path that refused segmentation once is not asked again after the client has moved.
    if (std::strcmp(method, "sendmmsg") == 0) batches.store(true, std::memory_order_relaxed);
    const std::scoped_lock lock(mutex);
    statistics.packets += counts.packets;
    statistics.bytes += counts.bytes;
    statistics.send_drops += counts.drops;
    statistics.send_errors += counts.errors + times.unsealed;
    statistics.injected_drops += counts.injected;
    ++statistics.frames_sent;
    statistics.send_method = method;
    packetize.add(times.packetize + slot.placing);
    sending.add(times.send);
    spread.add(times.spread);
    if (begun) latency.add(slot.captured, slot.journey, *begun);
  }

  bool another_waits() {
    const std::scoped_lock lock(mutex);
    return accepted - finished > 1;
  }

  static std::uint16_t tenths_of_milliseconds(Nanoseconds latency) {
    // At least 1: 0 means that nothing was measured.
    return static_cast<std::uint16_t>(
        std::clamp<Nanoseconds>((latency + 50'000) / 100'000, 1, 65'535));
  }

  // ---- any thread ----

  Result<bool> set_endpoint(const Endpoint& endpoint) {
    const std::size_t asked = video_send_buffer(bitrate_kbps, options.frame_interval);
    const auto opened = MediaSocket::open(endpoint, kVideoMarking, options.dscp, asked);
    if (!opened) return opened.fault();
    set_transport(std::make_shared<UdpTransport>(opened.value(), first_method()),
                  {.asked = asked, .granted = opened.value()->send_buffer()});
    return true;
  }

  void set_transport(std::shared_ptr<Transport> next, const SendBuffer& send_buffer) {
    if (options.drop) {
      next = std::make_shared<DroppingTransport>(std::move(next), *options.drop);
    }
    const std::scoped_lock lock(mutex);
    transport = std::move(next);
    statistics.send_buffer = send_buffer;
  }

  [[nodiscard]] BatchSender::Method first_method() const {
    switch (options.method) {
      case SendMethod::kSegmentation:
        return BatchSender::Method::kSegmentation;
      case SendMethod::kBatch:
        return BatchSender::Method::kBatch;
      case SendMethod::kSingle:
        return BatchSender::Method::kSingle;
      default:
        return segmentation_works() ? BatchSender::Method::kSegmentation
                                    : BatchSender::Method::kBatch;
    }
  }

  VideoStreamStatistics take_statistics() {
    const std::scoped_lock lock(mutex);
    VideoStreamStatistics taken = statistics;
    taken.frames_dropped = std::exchange(frames_dropped, 0);
    taken.packetize = packetize.take();
    taken.send = sending.take();
    taken.spread = spread.take();
    taken.latency = latency.take();
    taken.send_thread = raiser.granted();
    taken.bitrate_kbps = bitrate_kbps.load(std::memory_order_relaxed);
    taken.fec_percentage = static_cast<int>(fec_percentage.load(std::memory_order_relaxed));
    statistics = {};
    statistics.send_method = taken.send_method;
    statistics.send_buffer = taken.send_buffer;
    return taken;
  }

  const VideoStreamOptions options;
  CounterSlot& counters;
  const std::size_t packet_size;
  std::atomic<unsigned> fec_percentage;
  std::atomic<int> min_fec_packets;
  std::atomic<int> bitrate_kbps;
  /// whatever the parity: frames as long as this go without it
  const std::size_t largest = earthshine::largest_access_unit(shape(FrameType::kIdr));
  std::array<Slot, kSlots> slots{Slot{packet_size, options.key.has_value()},
                                 Slot{packet_size, options.key.has_value()},
                                 Slot{packet_size, options.key.has_value()}};

  // of the send thread
  FrameSender sender;
  ThreadRaiser raiser;
  /// segmentation offload is not used any more
  std::atomic<bool> batches = false;

  std::mutex mutex;
  Doorbell wake;
  /// guarded by `mutex`, as all that follows; `accepted` is written by the encode thread and
  /// `finished` by the send thread alone, which read their own without it
  std::uint64_t accepted = 0, finished = 0;
  bool closed = false;
  std::shared_ptr<Transport> transport;
  Departure keyframe_departure;
  VideoStreamStatistics statistics;
  std::uint64_t frames_dropped = 0;
  Histogram packetize, sending, spread;
  LatencyStages latency;

  std::mutex join_mutex;
  std::thread thread;
};

VideoStream::VideoStream(const VideoStreamOptions& options, CounterSlot& counters)
    : implementation_(std::make_unique<Implementation>(options, counters)) {}

VideoStream::~VideoStream() = default;

bool VideoStream::submit(const AccessUnit& unit) {
  return implementation_->submit(unit);
}

Result<bool> VideoStream::set_endpoint(const Endpoint& endpoint) {
  return implementation_->set_endpoint(endpoint);
}

void VideoStream::set_transport(std::shared_ptr<Transport> transport) {
  implementation_->set_transport(std::move(transport), {});
}

void VideoStream::use_batches() {
  implementation_->batches = true;
}

void VideoStream::set_min_fec_packets(int packets) {
  implementation_->min_fec_packets = std::max(packets, 0);
}

void VideoStream::set_fec_percentage(int percentage) {
  implementation_->fec_percentage = static_cast<unsigned>(std::clamp(percentage, 0, 255));
}

void VideoStream::set_bitrate(int kbps) {
  implementation_->bitrate_kbps = kbps;
}

std::size_t VideoStream::largest_access_unit() const {
  return implementation_->largest;
}

std::uint32_t VideoStream::next_frame_index() const {
  return std::max(implementation_->counters.video_frame.load(), 1U);
}

Departure VideoStream::keyframe_departure() const {
  const std::scoped_lock lock(implementation_->mutex);
  return implementation_->keyframe_departure;
}

SendBuffer VideoStream::send_buffer() const {
  const std::scoped_lock lock(implementation_->mutex);
  return implementation_->statistics.send_buffer;
}

VideoStreamStatistics VideoStream::take_statistics() {
  return implementation_->take_statistics();
}

void VideoStream::close() {
  implementation_->close();
}

}  // namespace earthshine
