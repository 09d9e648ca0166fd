#include "base/realtime_watch.h"

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <mutex>

namespace earthshine {

namespace {

/// Microseconds without a pause after which a thread is put back; half of what rtkit allows at
/// most.
constexpr rlim_t kLongest = 100'000;

// Read by the signal handler.
std::atomic<rlim_t> soft_limit = kLongest;
std::atomic<std::uint64_t> demoted = 0;
std::array<std::atomic<pid_t>, 64> watched{};

/// Async-signal-safe. False when the thread is in no real-time class.
bool demote(pid_t thread) {
  const int scheduler = sched_getscheduler(thread);
  // SCHED_RESET_ON_FORK is a bit beside the class.
  if (scheduler < 0 || ((scheduler & 0xF) != SCHED_RR && (scheduler & 0xF) != SCHED_FIFO)) {
    return false;
  }
  const sched_param parameters{.sched_priority = 0};
  if (sched_setscheduler(thread, SCHED_OTHER | (scheduler & ~0xF), &parameters) != 0) return false;
  demoted.fetch_add(1, std::memory_order_relaxed);
  return true;
}

void set_soft_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_RTTIME, &limit) != 0) return;
  limit.rlim_cur = soft_limit.load(std::memory_order_relaxed);
  setrlimit(RLIMIT_RTTIME, &limit);
}

void on_limit(int) {
  const int error = errno;
  // The kernel sends it to the thread that ran too long; only where that one blocks the signal does
  // another get it, and which one it was is then unknown.
  bool found = demote(gettid());
  if (!found) {
    for (const auto& thread : watched) {
      const pid_t id = thread.load(std::memory_order_relaxed);
      if (id != 0 && demote(id)) found = true;
    }
  }
  // The kernel has moved the soft limit up by a second, past the hard one.
  set_soft_limit();
  if (found) {
    constexpr char kLine[] =
        "earthshine: a thread worked for 100 ms without a pause and lost its real-time class\n";
    [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, kLine, sizeof kLine - 1);
  }
  errno = error;
}

bool install_handler() {
  struct sigaction action {};
  action.sa_handler = on_limit;
  action.sa_flags = SA_RESTART | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  return sigaction(SIGXCPU, &action, nullptr) == 0;
}

void remember(pid_t thread) {
  // Numbers of threads that have ended are given up for new ones.
  for (auto& slot : watched) {
    pid_t held = slot.load(std::memory_order_relaxed);
    if (held == thread) return;
    if (held != 0 && sched_getscheduler(held) >= 0) continue;
    slot.store(thread, std::memory_order_relaxed);
    return;
  }
}

}  // namespace

bool watch_realtime_thread(pid_t thread, std::optional<std::int64_t> hard) {
  static std::mutex mutex;
  const std::scoped_lock lock(mutex);
  static const bool handled = install_handler();
  rlimit limit{};
  if (!handled || getrlimit(RLIMIT_RTTIME, &limit) != 0) return false;
  if (hard)
    limit.rlim_max =
        std::min(limit.rlim_max, static_cast<rlim_t>(std::max<std::int64_t>(*hard, 0)));
  const rlim_t soft = std::min(kLongest, limit.rlim_max / 2);
  limit.rlim_cur = soft;
  if (soft == 0 || setrlimit(RLIMIT_RTTIME, &limit) != 0) return false;
  soft_limit.store(soft, std::memory_order_relaxed);
  remember(thread);
  return true;
}

std::uint64_t realtime_demotions() {
  return demoted.load(std::memory_order_relaxed);
}

}  // namespace earthshine
