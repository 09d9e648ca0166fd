#include "allocations.h"

#include <atomic>
#include <cstddef>

namespace earthshine::bench {

namespace {

std::atomic<std::uint64_t> count = 0;

}  // namespace

std::uint64_t allocations() {
  return count.load(std::memory_order_relaxed);
}

extern "C" {
// The names that the linker gives to a wrapped function and to what it stands before.
// NOLINTBEGIN(bugprone-reserved-identifier)
void* __real_malloc(std::size_t size);
void* __real_calloc(std::size_t number, std::size_t size);
void* __real_realloc(void* memory, std::size_t size);
void* __real__Znwm(std::size_t size);

void* __wrap_malloc(std::size_t size) {
  count.fetch_add(1, std::memory_order_relaxed);
  return __real_malloc(size);
}
void* __wrap_calloc(std::size_t number, std::size_t size) {
  count.fetch_add(1, std::memory_order_relaxed);
  return __real_calloc(number, size);
}
void* __wrap_realloc(void* memory, std::size_t size) {
  count.fetch_add(1, std::memory_order_relaxed);
  return __real_realloc(memory, size);
}
void* __wrap__Znwm(std::size_t size) {
  count.fetch_add(1, std::memory_order_relaxed);
  return __real__Znwm(size);
}
// NOLINTEND(bugprone-reserved-identifier)
}

}  // namespace earthshine::bench
