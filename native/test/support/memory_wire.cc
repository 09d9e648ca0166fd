#include "support/memory_wire.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <vector>

namespace earthshine::test {

/// Datagrams under way: each in a place of its own, ordered by when they are due.
struct MemoryWire::Queue {
  explicit Queue(const MemoryWireSettings& wanted)
      : settings(wanted),
        link(wanted.impairment, wanted.largest),
        bytes(wanted.capacity * wanted.largest) {
    under_way.reserve(settings.capacity);
    for (std::size_t place = settings.capacity; place > 0; --place) free.push_back(place - 1);
  }

  struct Entry {
    Nanoseconds due = 0;
    /// in the order in which they were sent
    std::uint64_t number = 0;
    std::size_t place = 0, size = 0;

    bool operator<(const Entry& other) const {
      return due != other.due ? due > other.due : number > other.number;
    }
  };

  [[nodiscard]] std::uint8_t* at(std::size_t place) {
    return bytes.data() + place * settings.largest;
  }
  void put(const Entry& entry) {
    under_way.push_back(entry);
    std::push_heap(under_way.begin(), under_way.end());
  }
  Entry take() {
    std::pop_heap(under_way.begin(), under_way.end());
    const Entry next = under_way.back();
    under_way.pop_back();
    return next;
  }

  const MemoryWireSettings settings;
  std::mutex mutex;
  std::condition_variable arrived;
  /// guarded by `mutex`, as all that follows but the bytes of a place that is taken
  ImpairedLink link;
  std::vector<std::uint8_t> bytes;
  std::vector<std::size_t> free;
  /// a heap, the one that is due next in front
  std::vector<Entry> under_way;
  std::uint64_t sent = 0, overflowed = 0, oversized = 0;
  bool stopped = false;
};

class MemoryWire::Sender final : public Transport {
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
  [[nodiscard]] const char* method_name() const override { return "memory"; }
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
    if (queue.free.empty()) {
      ++queue.overflowed;
      return;
    }
    const std::size_t place = queue.free.back();
    queue.free.pop_back();
    std::copy(datagram.begin(), datagram.end(), queue.at(place));
    queue.put({sent + queue.settings.delay, ++queue.sent, place, datagram.size()});
  }

  std::shared_ptr<Queue> queue_;
  std::vector<std::uint8_t> datagram_;
  SendCounts counts_;
};

class MemoryWire::Receiver final : public DatagramSource {
 public:
  explicit Receiver(std::shared_ptr<Queue> queue) : queue_(std::move(queue)) {
    due_.reserve(queue_->settings.capacity);
  }

  Result<std::size_t> receive(const OnDatagram& on_datagram, Nanoseconds deadline) override {
    Queue& queue = *queue_;
    ++counts_.calls;
    wait(deadline);
    for (const Queue::Entry& entry : due_) {
      ++counts_.datagrams;
      counts_.bytes += entry.size;
      on_datagram({queue.at(entry.place), entry.size}, entry.due);
    }
    const std::scoped_lock lock(queue.mutex);
    for (const Queue::Entry& entry : due_) queue.free.push_back(entry.place);
    return due_.size();
  }
  [[nodiscard]] const ReceiveCounts& counts() const override { return counts_; }

 private:
  /// Until a datagram is due, the deadline passed or the queue was stopped; takes all that are.
  void wait(Nanoseconds deadline) {
    Queue& queue = *queue_;
    due_.clear();
    std::unique_lock lock(queue.mutex);
    for (;;) {
      counts_.overflowed = queue.overflowed;
      counts_.oversized = queue.oversized;
      const Nanoseconds time = now();
      while (!queue.under_way.empty() && queue.under_way.front().due <= time) {
        due_.push_back(queue.take());
      }
      if (!due_.empty() || queue.stopped || time >= deadline) return;
      Nanoseconds until = deadline;
      if (!queue.under_way.empty()) until = std::min(until, queue.under_way.front().due);
      queue.arrived.wait_for(lock, std::chrono::nanoseconds(until - time));
    }
  }

  std::shared_ptr<Queue> queue_;
  ReceiveCounts counts_;
  /// what this call hands over
  std::vector<Queue::Entry> due_;
};

MemoryWire::MemoryWire(const MemoryWireSettings& settings)
    : queue_(std::make_shared<Queue>(settings)),
      transport_(std::make_shared<Sender>(queue_)),
      source_(std::make_shared<Receiver>(queue_)) {}

LinkCounts MemoryWire::counts() const {
  const std::scoped_lock lock(queue_->mutex);
  return queue_->link.counts();
}

void MemoryWire::stop() {
  {
    const std::scoped_lock lock(queue_->mutex);
    queue_->stopped = true;
  }
  queue_->arrived.notify_all();
}

}  // namespace earthshine::test
