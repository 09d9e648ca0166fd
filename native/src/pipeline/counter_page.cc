#include "pipeline/counter_page.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace earthshine {
namespace {

constexpr int kSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

}  // namespace

Result<int> CounterPage::create() {
  // The nonces of every stream lie there: the commands of apps must not inherit it. A media process
  // gets it as a descriptor of its own, which the spawn makes inheritable.
  const int descriptor = memfd_create("earthshine-counters", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (descriptor < 0) {
    return Fault{std::string("Shared memory for the counters cannot be had: ") +
                 std::strerror(errno)};
  }
  // Sealed, because a page that becomes shorter kills whoever touches it.
  if (ftruncate(descriptor, kCounterPageBytes) != 0 ||
      fcntl(descriptor, F_ADD_SEALS, kSeals) != 0) {
    const int error = errno;
    ::close(descriptor);
    return Fault{std::string("Shared memory for the counters cannot be had: ") +
                 std::strerror(error)};
  }
  return descriptor;
}

Result<std::shared_ptr<CounterPage>> CounterPage::map(int descriptor) {
  struct stat status {};
  if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode) ||
      status.st_size != static_cast<off_t>(kCounterPageBytes) ||
      (fcntl(descriptor, F_GET_SEALS) & kSeals) != kSeals) {
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
