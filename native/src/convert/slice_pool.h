#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

namespace earthshine {

/// Threads that do slices of one piece of work together with the caller. They sleep in between, and
/// a piece of work allocates nothing. One caller at a time.
class SlicePool {
 public:
  /// `slices` ≥ 1, one of which is the caller's.
  explicit SlicePool(int slices);
  ~SlicePool();
  SlicePool(const SlicePool&) = delete;
  SlicePool& operator=(const SlicePool&) = delete;

  [[nodiscard]] int slices() const { return static_cast<int>(threads_.size()) + 1; }

  /// Calls work(slice) for every slice from 0 on and waits for all. `work` must not throw.
  template <typename Work>
  void run(const Work& work) {
    begin([](const void* context, int slice) { (*static_cast<const Work*>(context))(slice); },
          &work);
    work(0);
    finish();
  }

 private:
  using Call = void (*)(const void* context, int slice);

  void begin(Call call, const void* context);
  void finish();
  void serve(int slice);

  std::mutex mutex_;
  std::condition_variable started_, finished_;
  // Under the mutex.
  Call call_ = nullptr;
  const void* context_ = nullptr;
  std::uint64_t round_ = 0;
  int working_ = 0;
  bool stopping_ = false;

  std::vector<std::thread> threads_;
};

}  // namespace earthshine
