#include "receive/video_receiving.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "net/udp_source.h"
#include "packet/byte_order.h"
#include "packet/video_sealer.h"
#include "receive/event_queue.h"

namespace earthshine {

namespace {

/// Both media planes are pinged every 500 ms for as long as they are open (protocol 4 §1).
constexpr Nanoseconds kPingInterval = 500'000'000;
/// Violations told one by one; the rest is only counted.
constexpr std::uint64_t kViolationsTold = 200;

}  // namespace

struct VideoReceiving::Implementation final : VideoEvents {
  Implementation(const VideoReceivingOptions& options, std::unique_ptr<UdpSource> opened,
                 OnReady when_ready)
      : ping_payload(options.ping),
        source(std::move(opened)),
        on_ready(std::move(when_ready)),
        receiver(options.video, *this) {
    if (options.impairment) link.emplace(*options.impairment, receiver.datagram_bytes());
    hand_on = [this](std::span<std::uint8_t> datagram, Nanoseconds arrived) {
      receiver.push(datagram, arrived);
    };
    on_datagram = [this](std::span<std::uint8_t> datagram, Nanoseconds arrived) {
      if (first_datagram == 0) first_datagram = arrived;
      if (link) {
        link->pass(datagram, arrived, hand_on);
      } else {
        hand_on(datagram, arrived);
      }
    };
  }

  void run() {
    pthread_setname_np(pthread_self(), "video-receive");
    Nanoseconds next_ping = now();
    while (!source->stopped()) {
      Nanoseconds time = now();
      if (time >= next_ping) {
        ping();
        next_ping = time + kPingInterval;
      }
      const Nanoseconds deadline = std::min(next_ping, receiver.deadline().value_or(next_ping));
      const auto received = source->receive(on_datagram, deadline);
      time = now();
      receiver.expire(time);
      publish();
      if (!received) queue.add(received.fault());
      if (queue.announce()) on_ready();
      if (!received) return;
    }
  }

  void ping() {
    if (!ping_payload) {
      static constexpr std::array<std::uint8_t, 4> kLegacy = {'P', 'I', 'N', 'G'};
      source->ping(kLegacy);
      return;
    }
    std::array<std::uint8_t, 20> payload;
    std::copy(ping_payload->begin(), ping_payload->end(), payload.begin());
    put32be(&payload[16], ++pings);
    source->ping(payload);
  }

  void publish() {
    const std::scoped_lock lock(mutex);
    published.video = receiver.counters();
    published.socket = source->counts();
    if (link) published.injected = link->counts();
    published.first_datagram = first_datagram;
  }

  void on_frame(const ReceivedFrame& frame) override { queue.add(frame); }
  void on_lost(std::uint32_t first, std::uint32_t last) override {
    queue.add(LostFrames{first, last});
  }
  void on_damaged(const BlockStatus& block) override { queue.add(block); }
  void on_violation(const Violation& violation) override {
    if (++violations <= kViolationsTold) queue.add(violation);
  }

  void close() {
    source->stop();
    const std::scoped_lock lock(join_mutex);
    if (thread.joinable()) thread.join();
  }

  // of the receiving thread
  const std::optional<std::array<std::uint8_t, 16>> ping_payload;
  std::uint32_t pings = 0;
  const std::unique_ptr<UdpSource> source;
  const OnReady on_ready;
  VideoReceiver receiver;
  std::optional<ImpairedLink> link;
  DatagramSource::OnDatagram hand_on, on_datagram;
  Nanoseconds first_datagram = 0;
  std::uint64_t violations = 0;

  EventQueue queue;
  mutable std::mutex mutex;
  /// guarded by `mutex`
  VideoReceivingStatistics published;
  std::mutex join_mutex;
  std::thread thread;
};

VideoReceiving::VideoReceiving(std::unique_ptr<Implementation> implementation)
    : implementation_(std::move(implementation)) {}

VideoReceiving::~VideoReceiving() {
  close();
}

Result<std::unique_ptr<VideoReceiving>> VideoReceiving::open(const VideoReceivingOptions& options,
                                                             OnReady on_ready) {
  const std::size_t largest =
      options.video.packet_size + kRtpBytes + (options.video.key ? kSealBytes : 0);
  auto source = UdpSource::open({.address = options.address,
                                 .port = options.port,
                                 .largest = largest,
                                 .receive_buffer = options.receive_buffer});
  if (!source) return source.fault();
  auto implementation =
      std::make_unique<Implementation>(options, std::move(source.value()), std::move(on_ready));
  Implementation& running = *implementation;
  std::unique_ptr<VideoReceiving> receiving(new VideoReceiving(std::move(implementation)));
  try {
    running.thread = std::thread([&running] { running.run(); });
  } catch (const std::system_error&) {
    return Fault{"A thread could not be started; this machine has too many."};
  }
  return receiving;
}

std::vector<VideoEvent> VideoReceiving::take() {
  return implementation_->queue.take();
}

VideoReceivingStatistics VideoReceiving::statistics() const {
  VideoReceivingStatistics statistics;
  {
    const std::scoped_lock lock(implementation_->mutex);
    statistics = implementation_->published;
  }
  const auto unfetched = implementation_->queue.unfetched();
  statistics.frames_unfetched = unfetched.frames;
  statistics.events_unfetched = unfetched.events;
  return statistics;
}

std::uint16_t VideoReceiving::local_port() const {
  return implementation_->source->local_port();
}

std::size_t VideoReceiving::receive_buffer() const {
  return implementation_->source->receive_buffer();
}

void VideoReceiving::close() {
  implementation_->close();
}

}  // namespace earthshine
