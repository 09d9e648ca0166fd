#include "packet/arena.h"

#include <sys/mman.h>

#include <new>

namespace earthshine {

Arena::Arena(std::size_t bytes) : bytes_(bytes) {
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  data_ = static_cast<std::uint8_t*>(memory);
}

Arena::~Arena() {
  munmap(data_, bytes_);
}

}  // namespace earthshine
