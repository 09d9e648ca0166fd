#pragma once

#include <sys/types.h>
#include <systemd/sd-bus.h>

#include <cstdint>
#include <memory>
#include <optional>

namespace earthshine {

/// RealtimeKit, the system's service that raises threads of ordinary users
/// (org.freedesktop.RealtimeKit1). Every call gives up after 200 ms. Owned by one thread.
class Rtkit {
 public:
  /// What the service allows.
  struct Limits {
    std::int32_t max_realtime_priority = 0;
    std::int32_t min_nice_level = 0;
    /// microseconds; RLIMIT_RTTIME of the asking process must not be higher
    std::int64_t realtime_microseconds = 0;
  };

  /// Nothing when there is no system bus, or no such service on it.
  static std::optional<Rtkit> open();

  [[nodiscard]] const Limits& limits() const { return limits_; }
  /// Round robin with `priority`, reset in children.
  bool make_realtime(pid_t thread, std::uint32_t priority);
  bool make_high_priority(pid_t thread, std::int32_t nice);

 private:
  struct CloseBus {
    void operator()(sd_bus* bus) const { sd_bus_close_unref(bus); }
  };
  using Bus = std::unique_ptr<sd_bus, CloseBus>;

  explicit Rtkit(Bus bus) : bus_(std::move(bus)) {}
  static Bus connect();
  bool read(const char* property, char type, void* value);

  Bus bus_;
  Limits limits_;
};

}  // namespace earthshine
