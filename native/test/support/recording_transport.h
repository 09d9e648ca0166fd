#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <vector>

#include "base/clock.h"
#include "net/transport.h"

namespace earthshine::test {

/// Keeps what a stream sends, run by run.
class RecordingTransport final : public Transport {
 public:
  /// Without the bytes it allocates nothing for the first 10,000 runs.
  explicit RecordingTransport(bool keep_bytes = true) : keep_bytes_(keep_bytes) {
    runs_.reserve(10'000);
  }

  struct Run {
    Nanoseconds at;
    std::size_t size, count;
  };

  void send_equal(const std::uint8_t* first, std::size_t size, std::size_t count) override {
    const std::scoped_lock lock(mutex_);
    runs_.push_back({now(), size, count});
    for (std::size_t i = 0; keep_bytes_ && i < count; ++i) {
      datagrams_.emplace_back(first + i * size, first + (i + 1) * size);
    }
    counts_.packets += count;
    counts_.bytes += size * count;
    sent_.fetch_add(count);
  }
  [[nodiscard]] const char* method_name() const override { return "loopback"; }
  [[nodiscard]] const SendCounts& counts() const override { return counts_; }

  /// Packets so far, without a lock.
  [[nodiscard]] std::uint64_t sent() const { return sent_.load(); }
  std::vector<Run> runs() {
    const std::scoped_lock lock(mutex_);
    return runs_;
  }
  std::vector<std::vector<std::uint8_t>> datagrams() {
    const std::scoped_lock lock(mutex_);
    return datagrams_;
  }

 private:
  const bool keep_bytes_;
  std::mutex mutex_;
  std::vector<Run> runs_;
  std::vector<std::vector<std::uint8_t>> datagrams_;
  SendCounts counts_;
  std::atomic<std::uint64_t> sent_ = 0;
};

}  // namespace earthshine::test
