#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

namespace earthshine {

/// Wakes a thread that sleeps in poll(). Setting it twice wakes once.
class WakeEvent {
 public:
  WakeEvent() : descriptor_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
  ~WakeEvent() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  WakeEvent(const WakeEvent&) = delete;
  WakeEvent& operator=(const WakeEvent&) = delete;

  /// -1 when the process has no descriptors left.
  [[nodiscard]] int descriptor() const { return descriptor_; }
  void set() const {
    const std::uint64_t one = 1;
    // Full means set already.
    [[maybe_unused]] const auto written = ::write(descriptor_, &one, sizeof one);
  }
  void clear() const {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = ::read(descriptor_, &count, sizeof count);
  }

 private:
  int descriptor_;
};

}  // namespace earthshine
