#include "pipeline/heap_limits.h"

#include <malloc.h>

namespace earthshine {
namespace {

/// glibc raises the threshold by itself after the first large block is freed, and from then on
/// pictures would leave holes in the heap; set once, it stays.
constexpr int kLargeBlock = 256 * 1024;

}  // namespace

void limit_heap() {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, kLargeBlock);
#endif
}

void return_free_memory() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

}  // namespace earthshine
