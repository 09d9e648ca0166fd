#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

namespace earthshine {

/// Threads that help the caller with work that comes in pieces. Whoever is free takes the next
/// piece, and a helper that comes too late is not waited for, so that a busy machine costs little
/// more than working alone. They sleep in between; nothing is allocated. One caller at a time.
class PiecePool {
 public:
  /// `threads` ≥ 1, one of which is the caller. Fewer where no more can be started.
  explicit PiecePool(int threads);
  ~PiecePool();
  PiecePool(const PiecePool&) = delete;
  PiecePool& operator=(const PiecePool&) = delete;

  [[nodiscard]] int threads() const { return static_cast<int>(helpers_.size()) + 1; }

  /// Calls work(piece, thread) once for every piece below `pieces`, and returns when all are done.
  /// No two pieces have the same thread at one time. `work` must not throw.
  template <typename Work>
  void run(int pieces, const Work& work) {
    open({[](const void* context, int piece, int thread) {
            (*static_cast<const Work*>(context))(piece, thread);
          },
          &work, pieces});
    for (int piece = next_.fetch_add(1); piece < pieces; piece = next_.fetch_add(1)) {
      work(piece, 0);
    }
    close();
  }

 private:
  struct Job {
    void (*call)(const void* context, int piece, int thread) = nullptr;
    const void* context = nullptr;
    int pieces = 0;
  };

  void open(const Job& job);
  /// Waits for the helpers that have begun.
  void close();
  void help(int thread);

  std::mutex mutex_;
  std::condition_variable opened_, left_;
  // Under the mutex.
  Job job_;
  std::uint64_t round_ = 0;
  bool open_ = false;
  int helping_ = 0;
  bool stopping_ = false;

  std::atomic<int> next_ = 0;
  std::vector<std::thread> helpers_;
};

}  // namespace earthshine
