#pragma once

#include <atomic>
#include <thread>

#include "base/thread_class.h"

namespace earthshine {

/// Raises a thread in the background, so that its first work does not wait for rtkit's answer.
class ThreadRaiser {
 public:
  ThreadRaiser() = default;
  ~ThreadRaiser() { finish(); }
  ThreadRaiser(const ThreadRaiser&) = delete;
  ThreadRaiser& operator=(const ThreadRaiser&) = delete;

  /// Called once, by the thread to raise.
  void raise_this_thread(ThreadRole role);
  /// The class that the thread has now; kNormal while the answer is out. From any thread.
  [[nodiscard]] ThreadClass granted() const;
  /// Waits for the answer; called by the raised thread at its end, so that its number still means
  /// it.
  void finish();

 private:
  std::atomic<pid_t> thread_ = 0;
  std::atomic<ThreadClass> granted_ = ThreadClass::kNormal;
  std::thread helper_;
};

}  // namespace earthshine
