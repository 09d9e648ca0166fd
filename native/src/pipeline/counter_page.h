#pragma once

#include <memory>

#include "base/result.h"
#include "packet/counters.h"

namespace earthshine {

/// A mapping of the counter page (packet/counters.h). It stays valid when the descriptor is closed.
class CounterPage {
 public:
  /// A new page, all zero, as a memfd that programs get only when it is passed on, and whose size
  /// nobody can change. The caller owns the descriptor.
  static Result<int> create();
  /// Refuses a descriptor that is no page of the right size, or could become one of another.
  static Result<std::shared_ptr<CounterPage>> map(int descriptor);

  ~CounterPage();
  CounterPage(const CounterPage&) = delete;
  CounterPage& operator=(const CounterPage&) = delete;

  /// `index` below kCounterSlots.
  [[nodiscard]] CounterSlot& slot(std::size_t index) const { return slots_[index]; }
  /// For a new key: the first frame is 1, everything else 0.
  void reset(std::size_t index) const;

 private:
  explicit CounterPage(CounterSlot* slots) : slots_(slots) {}
  CounterSlot* slots_;
};

}  // namespace earthshine
