#include "pipeline/counter_page.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace earthshine {

Result<int> CounterPage::create() {
  // The nonces of every stream lie there: the commands of apps must not inherit it. A media process
  // gets it as a descriptor of its own, which the spawn makes inheritable.
  const int descriptor = memfd_create("earthshine-counters", MFD_CLOEXEC);
  if (descriptor < 0) {
    return Fault{std::string("Shared memory for the counters cannot be had: ") +
                 std::strerror(errno)};
  }
  if (ftruncate(descriptor, kCounterPageBytes) != 0) {
    const int error = errno;
    ::close(descriptor);
    return Fault{std::string("Shared memory for the counters cannot be had: ") +
                 std::strerror(error)};
  }
  return descriptor;
}

Result<std::shared_ptr<CounterPage>> CounterPage::map(int descriptor) {
  struct stat status {};
  // A shorter file would kill the process at the first touch.
  if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode) ||
      status.st_size != static_cast<off_t>(kCounterPageBytes)) {
    return Fault{"The descriptor is no counter page of this build."};
  }
  void* memory =
      mmap(nullptr, kCounterPageBytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (memory == MAP_FAILED) {
    return Fault{std::string("The counter page cannot be mapped: ") + std::strerror(errno)};
  }
  // SAFETY: the page holds kCounterSlots lock-free atomics, zeroed by the kernel; zero bytes are
  // valid atomics of zero. Only this layout is ever written to it.
  return std::shared_ptr<CounterPage>(new CounterPage(static_cast<CounterSlot*>(memory)));
}

CounterPage::~CounterPage() {
  munmap(slots_, kCounterPageBytes);
}

void CounterPage::reset(std::size_t index) const {
  CounterSlot& slot = slots_[index];
  slot.video_frame = 1;
  slot.video_packet = 0;
  slot.video_nonce = 0;
  slot.audio_sequence = 0;
  slot.audio_timestamp = 0;
  slot.video_epoch = 0;
}

}  // namespace earthshine
