#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

namespace earthshine {

/// One slot between two threads: the newest item wins, and putting never waits.
template <typename T>
class Mailbox {
 public:
  /// True when an item that nobody had taken was thrown away.
  bool put(T item) {
    std::optional<T> old(std::move(item));
    {
      const std::lock_guard lock(mutex_);
      std::swap(item_, old);
    }
    filled_.notify_one();
    return old.has_value();
  }

  /// Waits for an item; nothing once closed.
  std::optional<T> take() {
    std::unique_lock lock(mutex_);
    filled_.wait(lock, [this] { return item_.has_value() || closed_; });
    if (closed_) return std::nullopt;
    return std::exchange(item_, std::nullopt);
  }

  [[nodiscard]] bool occupied() const {
    const std::lock_guard lock(mutex_);
    return item_.has_value();
  }

  void close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    filled_.notify_all();
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable filled_;
  std::optional<T> item_;
  bool closed_ = false;
};

}  // namespace earthshine
