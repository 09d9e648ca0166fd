#pragma once

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <climits>
#include <cstdint>

namespace earthshine {

/// Wakes a thread that waits for something, with one system call on each side and none for a thread
/// that is awake. (A thread that waits on a condition variable makes two: the mutex it takes again
/// counts as contended, so letting it go asks the kernel to wake nobody. And std::atomic's wait
/// yields four times before it sleeps.)
///
/// The waiting thread calls `heard()`, looks at what it waits for, and when that is not there
/// `wait()`; whoever brings it calls `ring()` afterwards.
class Doorbell {
 public:
  [[nodiscard]] std::uint32_t heard() const { return rings_.load(); }

  /// Returns once it was rung after `heard`; at times also without.
  void wait(std::uint32_t heard) {
    // Sequentially consistent, as in ring(): either the kernel sees the new count and does not
    // sleep, or ring() sees that somebody waits.
    waiting_.store(true);
    syscall(SYS_futex, &rings_, FUTEX_WAIT_PRIVATE, heard, nullptr, nullptr, 0);
    waiting_.store(false);
  }

  void ring() {
    rings_.fetch_add(1);
    if (waiting_.load()) {
      syscall(SYS_futex, &rings_, FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr, 0);
    }
  }

 private:
  // The kernel reads four bytes.
  std::atomic<std::uint32_t> rings_ = 0;
  static_assert(sizeof(rings_) == 4);
  /// One thread waits at a time.
  std::atomic<bool> waiting_ = false;
};

}  // namespace earthshine
