#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <new>

namespace earthshine {

/// x86-64's and ARM's large page.
constexpr std::size_t kLargePage = std::size_t{2} << 20;
/// From here on memory is rounded up to large pages: a picture of 4K and more. Touching one of 8K
/// in small pages takes as long as encoding it twice, before the first frame; smaller ones would
/// only grow by what is rounded.
constexpr std::size_t kLargeMemory = std::size_t{8} << 20;

/// Uninitialized memory, aligned for vectors. The kernel gives large pages or, where it has none,
/// small ones.
inline void* allocate_large(std::size_t bytes) {
  if (bytes < kLargeMemory) return ::operator new (bytes, std::align_val_t{64});
  void* memory = ::operator new (bytes, std::align_val_t{kLargePage});
  // Refused by kernels that were built without: nothing is lost.
  madvise(memory, bytes, MADV_HUGEPAGE);
  return memory;
}

/// What allocate_large() gave for as many bytes.
inline void free_large(void* memory, std::size_t bytes) {
  ::operator delete (memory, std::align_val_t{bytes < kLargeMemory ? 64 : kLargePage});
}

/// The same for containers.
template <typename T>
struct LargeAllocator {
  using value_type = T;

  LargeAllocator() = default;
  template <typename U>
  explicit LargeAllocator(const LargeAllocator<U>&) {}

  T* allocate(std::size_t count) { return static_cast<T*>(allocate_large(count * sizeof(T))); }
  void deallocate(T* memory, std::size_t count) { free_large(memory, count * sizeof(T)); }

  friend bool operator==(const LargeAllocator&, const LargeAllocator&) { return true; }
};

}  // namespace earthshine
