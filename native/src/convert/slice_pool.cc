#include "convert/slice_pool.h"

#include <pthread.h>

namespace earthshine {

SlicePool::SlicePool(int slices) {
  for (int slice = 1; slice < slices; ++slice) {
    threads_.emplace_back([this, slice] { serve(slice); });
  }
}

SlicePool::~SlicePool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  started_.notify_all();
  for (auto& thread : threads_) thread.join();
}

void SlicePool::begin(Call call, const void* context) {
  if (threads_.empty()) return;
  {
    const std::lock_guard lock(mutex_);
    call_ = call;
    context_ = context;
    working_ = static_cast<int>(threads_.size());
    ++round_;
  }
  started_.notify_all();
}

void SlicePool::finish() {
  std::unique_lock lock(mutex_);
  finished_.wait(lock, [this] { return working_ == 0; });
}

void SlicePool::serve(int slice) {
  pthread_setname_np(pthread_self(), "convert");
  std::uint64_t done = 0;
  std::unique_lock lock(mutex_);
  for (;;) {
    started_.wait(lock, [&] { return stopping_ || round_ != done; });
    if (stopping_) return;
    done = round_;
    const Call call = call_;
    const void* context = context_;
    lock.unlock();
    call(context, slice);
    lock.lock();
    if (--working_ == 0) finished_.notify_one();
  }
}

}  // namespace earthshine
