#include "net/video_stream.h"

#include <pthread.h>
#include <sys/prctl.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "net/batch_sender.h"
#include "net/media_socket.h"
#include "net/pacer.h"
#include "net/segmentation_check.h"
#include "packet/video_frame.h"
#include "packet/video_sealer.h"

namespace earthshine {

namespace {

/// Two frames that wait and the one that is being sent.
constexpr std::size_t kSlots = 3;
/// Data shards that are placed between two reports of progress: about one full super-buffer.
constexpr std::size_t kPlaceStep = 46;
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
  bool repeated = false;
  std::uint32_t frame_index = 0;
  /// data shards placed so far; the send thread may use these
  std::atomic<std::uint32_t> placed = 0;
  /// time that placing took; valid once all are placed
  Nanoseconds placing = 0;

  void wait_for(std::size_t shards) {
    for (auto seen = placed.load(std::memory_order_acquire); seen < shards;
         seen = placed.load(std::memory_order_acquire)) {
      placed.wait(seen, std::memory_order_acquire);
    }
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
        bitrate_kbps(options.bitrate_kbps),
        pacer(options.link_bits_per_second),
        sender(segmentation_works() ? BatchSender::Method::kSegmentation
                                    : BatchSender::Method::kBatch) {
    if (options.key) {
      sealer.emplace(*options.key);
      sealed.emplace(kSealedRun * sealed_bytes());
    }
    thread = std::thread([this] { run(); });
  }

  ~Implementation() { close(); }

  void close() {
    {
      const std::scoped_lock lock(mutex);
      closed = true;
    }
    wake.notify_one();
    const std::scoped_lock lock(join_mutex);
    if (thread.joinable()) thread.join();
  }

  // ---- the encode thread ----

  bool drop() {
    const std::scoped_lock lock(mutex);
    ++frames_dropped;
    return false;
  }

  bool submit(const AccessUnit& unit) {
    {
      const std::scoped_lock lock(mutex);
      if (closed || !socket || accepted - finished == kSlots) {
        ++frames_dropped;
        return false;
      }
    }
    Slot& slot = slots[accepted % kSlots];
    const FrameShape shape{
        .packet_size = packet_size,
        .fec_percentage = fec_percentage.load(std::memory_order_relaxed),
        .min_parity = static_cast<unsigned>(std::max(options.min_fec_packets, 0)),
        .oversize = Oversize::kLessParity};
    if (!slot.frame.begin(unit.bytes.size(), shape)) return drop();
    slot.type = unit.type;
    slot.captured = unit.captured;
    slot.repeated = unit.repeated;
    slot.frame_index = take_frame_index();

    const Nanoseconds started = now();
    const std::size_t shards = slot.frame.plan().data;
    const std::size_t first = std::min(shards, kPlaceStep);
    slot.frame.place(unit.bytes, 0, first);
    if (first == shards) slot.placing = now() - started;
    slot.placed.store(static_cast<std::uint32_t>(first), std::memory_order_release);
    {
      const std::scoped_lock lock(mutex);
      ++accepted;
    }
    wake.notify_one();
    // The send thread may be at work on the first shards by now.
    for (std::size_t done = first; done < shards;) {
      const std::size_t count = std::min(shards - done, kPlaceStep);
      slot.frame.place(unit.bytes, done, count);
      done += count;
      if (done == shards) slot.placing = now() - started;
      slot.placed.store(static_cast<std::uint32_t>(done), std::memory_order_release);
      slot.placed.notify_one();
    }
    return true;
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
    for (;;) {
      std::shared_ptr<MediaSocket> current;
      {
        std::unique_lock lock(mutex);
        wake.wait(lock, [this] { return closed || accepted != finished; });
        // A frame that has a number is sent even then; the pacing of two frames ends soon.
        if (accepted == finished) return;
        current = socket;
      }
      Slot& slot = slots[finished % kSlots];
      send(slot, *current);
      const std::scoped_lock lock(mutex);
      ++finished;
    }
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

  void send(Slot& slot, const MediaSocket& to) {
    VideoFrame& frame = slot.frame;
    const FramePlan& plan = frame.plan();
    const auto count = static_cast<std::uint32_t>(plan.shards);
    const std::size_t datagram = sealer ? sealed_bytes() : frame.shard_bytes();
    const PacingPlan pacing = plan_pacing(plan.shards, datagram, limits());
    FrameLabel label{.frame_index = slot.frame_index,
                     .first_packet = counters.video_packet.fetch_add(count),
                     .timestamp = timestamp_of(slot.captured),
                     .type = slot.type};
    if (sealer) nonce = counters.video_nonce.fetch_add(count);
    const SendCounts before = sender.counts();

    sleep_until(pacer.begin(now(), pacing));
    const Nanoseconds first_send = now();
    const bool measured = !slot.repeated && slot.captured > 0;
    if (measured) label.host_latency = tenths_of_milliseconds(first_send - slot.captured);
    slot.wait_for(std::min(plan.data, kPlaceStep));
    frame.label(label);

    packetizing = 0;
    next_burst = pacing.burst;
    std::size_t at = 0;
    for (std::size_t b = 0; b < plan.block_count; ++b) {
      const BlockPlan& block = plan.blocks[b];
      const std::size_t parity_at = block.first_shard + block.data;
      while (at < parity_at) {
        const std::size_t end = run_end(at, parity_at, pacing);
        slot.wait_for(block.first_data + end - block.first_shard);
        const Nanoseconds started = now();
        frame.finish_data(b, at - block.first_shard, end - at);
        packetizing += now() - started;
        send_run(frame, to, at, end);
        at = end;
      }
      if (block.parity == 0) continue;
      const Nanoseconds started = now();
      frame.finish_parity(b);
      packetizing += now() - started;
      while (at < parity_at + block.parity) {
        const std::size_t end = run_end(at, parity_at + block.parity, pacing);
        send_run(frame, to, at, end);
        at = end;
      }
    }
    note(slot, since(sender.counts(), before), first_send, measured);
  }

  /// Waits for the next burst when `at` begins one, and returns where the run from `at` on ends: at
  /// the burst's end, at `segment_end`, or where the buffer for sealed packets is full.
  std::size_t run_end(std::size_t at, std::size_t segment_end, const PacingPlan& pacing) {
    if (at == next_burst) {
      sleep_until(pacer.next(at / pacing.burst, another_waits()));
      next_burst += pacing.burst;
    }
    std::size_t end = std::min(segment_end, next_burst);
    // The first packets leave while the encode thread still places the rest of a large frame.
    if (at == 0) end = std::min(end, kPlaceStep);
    if (sealer) end = std::min(end, at + kSealedRun);
    return end;
  }

  void send_run(const VideoFrame& frame, const MediaSocket& to, std::size_t from, std::size_t end) {
    const std::uint8_t* first = frame.shard(from);
    std::size_t size = frame.shard_bytes();
    if (sealer) {
      const Nanoseconds started = now();
      first = sealed->data();
      size = sealed_bytes();
      for (std::size_t at = from; at < end; ++at) {
        if (!sealer->seal(nonce + at, frame.labelled().frame_index,
                          {frame.shard(at), frame.shard_bytes()},
                          sealed->data() + (at - from) * size)) {
          cipher_errors += end - from;
          return;
        }
      }
      packetizing += now() - started;
    }
    pacer.sent(now(), (end - from) * size);
    sender.send_equal(to, first, size, end - from);
  }

  void note(const Slot& slot, const SendCounts& counts, Nanoseconds first_send, bool measured) {
    const Nanoseconds finished_at = now();
    const std::scoped_lock lock(mutex);
    statistics.packets += counts.packets;
    statistics.bytes += counts.bytes;
    statistics.send_drops += counts.drops;
    statistics.send_errors += counts.errors + std::exchange(cipher_errors, 0);
    ++statistics.frames_sent;
    statistics.send_method = sender.method_name();
    packetize.add(packetizing + slot.placing);
    sending.add(finished_at - first_send);
    if (measured) host_latency.add(first_send - slot.captured);
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

  [[nodiscard]] PacingLimits limits() const {
    return {options.frame_interval,
            static_cast<std::int64_t>(bitrate_kbps.load(std::memory_order_relaxed)) * 1000,
            options.link_bits_per_second};
  }
  [[nodiscard]] std::size_t sealed_bytes() const { return packet_size + 16 + kSealBytes; }

  /// Packets sealed before they are sent: as many as one super-buffer of the usual size holds.
  static constexpr std::size_t kSealedRun = 46;

  const VideoStreamOptions options;
  CounterSlot& counters;
  const std::size_t packet_size;
  std::atomic<unsigned> fec_percentage;
  std::atomic<int> bitrate_kbps;
  std::array<Slot, kSlots> slots{Slot{packet_size, options.key.has_value()},
                                 Slot{packet_size, options.key.has_value()},
                                 Slot{packet_size, options.key.has_value()}};

  // of the send thread
  Pacer pacer;
  BatchSender sender;
  std::optional<VideoSealer> sealer;
  std::optional<Arena> sealed;
  std::uint64_t nonce = 0, cipher_errors = 0;
  std::size_t next_burst = 0;
  Nanoseconds packetizing = 0;

  std::mutex mutex;
  std::condition_variable wake;
  /// guarded by `mutex`, as all that follows; `accepted` is written by the encode thread and
  /// `finished` by the send thread alone, which read their own without it
  std::uint64_t accepted = 0, finished = 0;
  bool closed = false;
  std::shared_ptr<MediaSocket> socket;
  VideoStreamStatistics statistics;
  std::uint64_t frames_dropped = 0;
  Histogram packetize, sending, host_latency;

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
  const auto& options = implementation_->options;
  const auto opened =
      MediaSocket::open(endpoint, kVideoMarking, options.dscp,
                        video_send_buffer(implementation_->bitrate_kbps, options.frame_interval));
  if (!opened) return opened.fault();
  const std::scoped_lock lock(implementation_->mutex);
  implementation_->socket = opened.value();
  implementation_->statistics.send_buffer = opened.value()->send_buffer();
  return true;
}

void VideoStream::set_fec_percentage(int percentage) {
  implementation_->fec_percentage = static_cast<unsigned>(std::clamp(percentage, 0, 255));
}

void VideoStream::set_bitrate(int kbps) {
  implementation_->bitrate_kbps = kbps;
}

std::uint32_t VideoStream::next_frame_index() const {
  return std::max(implementation_->counters.video_frame.load(), 1U);
}

VideoStreamStatistics VideoStream::take_statistics() {
  Implementation& stream = *implementation_;
  const std::scoped_lock lock(stream.mutex);
  VideoStreamStatistics taken = stream.statistics;
  taken.frames_dropped = std::exchange(stream.frames_dropped, 0);
  taken.packetize = stream.packetize.take();
  taken.send = stream.sending.take();
  taken.host_latency = stream.host_latency.take();
  stream.statistics = {};
  stream.statistics.send_method = taken.send_method;
  stream.statistics.send_buffer = taken.send_buffer;
  return taken;
}

void VideoStream::close() {
  implementation_->close();
}

}  // namespace earthshine
