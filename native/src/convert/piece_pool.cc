#include "convert/piece_pool.h"

#include <pthread.h>

#include <algorithm>
#include <system_error>

namespace earthshine {

PiecePool::PiecePool(int threads) {
  helpers_.reserve(static_cast<std::size_t>(std::max(threads - 1, 0)));
  try {
    for (int thread = 1; thread < threads; ++thread) {
      helpers_.emplace_back([this, thread] { help(thread); });
    }
  } catch (const std::system_error&) {
    // The machine has no more threads: those that there are do the work.
  }
}

PiecePool::~PiecePool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  opened_.notify_all();
  for (auto& helper : helpers_) helper.join();
}

void PiecePool::open(const Job& job) {
  next_ = 0;
  if (helpers_.empty()) return;
  {
    const std::lock_guard lock(mutex_);
    job_ = job;
    open_ = true;
    ++round_;
  }
  opened_.notify_all();
}

void PiecePool::close() {
  if (helpers_.empty()) return;
  std::unique_lock lock(mutex_);
  open_ = false;
  left_.wait(lock, [this] { return helping_ == 0; });
}

void PiecePool::help(int thread) {
  pthread_setname_np(pthread_self(), "convert");
  std::uint64_t seen = 0;
  std::unique_lock lock(mutex_);
  for (;;) {
    opened_.wait(lock, [&] { return stopping_ || (open_ && round_ != seen); });
    if (stopping_) return;
    seen = round_;
    const Job job = job_;
    ++helping_;
    lock.unlock();
    for (int piece = next_.fetch_add(1); piece < job.pieces; piece = next_.fetch_add(1)) {
      job.call(job.context, piece, thread);
    }
    lock.lock();
    if (--helping_ == 0) left_.notify_one();
  }
}

}  // namespace earthshine
