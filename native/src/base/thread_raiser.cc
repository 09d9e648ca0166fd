#include "base/thread_raiser.h"

#include <pthread.h>
#include <unistd.h>

#include <system_error>

namespace earthshine {

void ThreadRaiser::raise_this_thread(ThreadRole role) {
  thread_.store(gettid(), std::memory_order_relaxed);
  try {
    helper_ = std::thread([this, thread = gettid(), role] {
      pthread_setname_np(pthread_self(), "thread-class");
      granted_.store(raise_thread(thread, role), std::memory_order_relaxed);
    });
  } catch (const std::system_error&) {
    // A process at its limit of threads: this one stays as it is.
  }
}

ThreadClass ThreadRaiser::granted() const {
  const ThreadClass granted = granted_.load(std::memory_order_relaxed);
  if (granted != ThreadClass::kRealtime) return granted;
  return is_realtime(thread_.load(std::memory_order_relaxed)) ? granted : ThreadClass::kNormal;
}

void ThreadRaiser::finish() {
  if (helper_.joinable()) helper_.join();
}

}  // namespace earthshine
