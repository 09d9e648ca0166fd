#include "net/loopback_transport.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <vector>

namespace earthshine {

/// Datagrams under way, in a ring.
struct Loopback::Queue {
  explicit Queue(const LoopbackSettings& wanted)
      : settings(wanted),
        link(wanted.impairment, wanted.largest),
        bytes(wanted.capacity * wanted.largest),
        entries(wanted.capacity) {}

  struct Entry {
    std::size_t size = 0;
    Nanoseconds due = 0;
  };

  [[nodiscard]] std::uint8_t* at(std::size_t place) {
    return bytes.data() + place % settings.capacity * settings.largest;
  }

  const LoopbackSettings settings;
  std::mutex mutex;
  std::condition_variable arrived;
  /// guarded by `mutex`, as all that follows
  ImpairedLink link;
  std::vector<std::uint8_t> bytes;
  std::vector<Entry> entries;
  /// counts of datagrams put in and taken out
  std::size_t in = 0, out = 0;
  std::uint64_t overflowed = 0, oversized = 0;
  bool stopped = false;
};

class Loopback::Sender final : public Transport {
 public:
  explicit Sender(std::shared_ptr<Queue> queue)
      : queue_(std::move(queue)), datagram_(queue_->settings.largest) {}

  void send_equal(const std::uint8_t* first, std::size_t size, std::size_t count) override {
    Queue& queue = *queue_;
    {
      const std::scoped_lock lock(queue.mutex);
      const Nanoseconds sent = now();
      for (std::size_t i = 0; i < count; ++i) pass({first + i * size, size}, sent);
      counts_.injected = queue.link.counts().dropped + queue.link.counts().blacked_out;
    }
    queue.arrived.notify_one();
    counts_.packets += count;
    counts_.bytes += count * size;
  }
  [[nodiscard]] const char* method_name() const override { return "loopback"; }
  [[nodiscard]] const SendCounts& counts() const override { return counts_; }

 private:
  void pass(std::span<const std::uint8_t> datagram, Nanoseconds sent) {
    Queue& queue = *queue_;
    if (datagram.size() > queue.settings.largest) {
      ++queue.oversized;
      return;
    }
    // The network may hand bytes on to somebody who changes them; the sender's stay as they are.
    std::copy(datagram.begin(), datagram.end(), datagram_.begin());
    queue.link.pass({datagram_.data(), datagram.size()}, sent,
                    [this](std::span<std::uint8_t> handed, Nanoseconds at) { put(handed, at); });
  }

  void put(std::span<const std::uint8_t> datagram, Nanoseconds sent) {
    Queue& queue = *queue_;
    if (queue.in - queue.out == queue.settings.capacity) {
      ++queue.overflowed;
      return;
    }
    std::copy(datagram.begin(), datagram.end(), queue.at(queue.in));
    queue.entries[queue.in % queue.settings.capacity] = {datagram.size(),
                                                         sent + queue.settings.delay};
    ++queue.in;
  }

  std::shared_ptr<Queue> queue_;
  std::vector<std::uint8_t> datagram_;
  SendCounts counts_;
};

class Loopback::Receiver final : public DatagramSource {
 public:
  explicit Receiver(std::shared_ptr<Queue> queue) : queue_(std::move(queue)) {}

  Result<std::size_t> receive(const OnDatagram& on_datagram, Nanoseconds deadline) override {
    Queue& queue = *queue_;
    ++counts_.calls;
    const std::size_t ready = wait(deadline);
    // What is in [out, out + ready) stays untouched by the sender until `out` moves.
    const std::size_t from = queue.out;
    for (std::size_t place = from; place < from + ready; ++place) {
      const Queue::Entry& entry = queue.entries[place % queue.settings.capacity];
      ++counts_.datagrams;
      counts_.bytes += entry.size;
      on_datagram({queue.at(place), entry.size}, std::max(entry.due, last_));
      last_ = std::max(entry.due, last_);
    }
    const std::scoped_lock lock(queue.mutex);
    queue.out += ready;
    return ready;
  }
  [[nodiscard]] const ReceiveCounts& counts() const override { return counts_; }

 private:
  /// Until a datagram is due, the deadline passed or the queue was stopped; returns how many are.
  std::size_t wait(Nanoseconds deadline) {
    Queue& queue = *queue_;
    std::unique_lock lock(queue.mutex);
    for (;;) {
      counts_.overflowed = queue.overflowed;
      counts_.oversized = queue.oversized;
      const Nanoseconds time = now();
      std::size_t ready = 0;
      while (queue.out + ready < queue.in && entry(queue.out + ready).due <= time) ++ready;
      if (ready > 0 || queue.stopped || time >= deadline) return ready;
      Nanoseconds until = deadline;
      if (queue.out < queue.in) until = std::min(until, entry(queue.out).due);
      queue.arrived.wait_for(lock, std::chrono::nanoseconds(until - time));
    }
  }
  [[nodiscard]] const Queue::Entry& entry(std::size_t place) const {
    return queue_->entries[place % queue_->settings.capacity];
  }

  std::shared_ptr<Queue> queue_;
  ReceiveCounts counts_;
  Nanoseconds last_ = 0;
};

Loopback::Loopback(const LoopbackSettings& settings)
    : queue_(std::make_shared<Queue>(settings)),
      transport_(std::make_shared<Sender>(queue_)),
      source_(std::make_shared<Receiver>(queue_)) {}

LinkCounts Loopback::counts() const {
  const std::scoped_lock lock(queue_->mutex);
  return queue_->link.counts();
}

void Loopback::stop() {
  {
    const std::scoped_lock lock(queue_->mutex);
    queue_->stopped = true;
  }
  queue_->arrived.notify_all();
}

}  // namespace earthshine
