#include "base/rtkit.h"

#include <utility>

#include "base/clock.h"

namespace earthshine {

namespace {

constexpr const char* kService = "org.freedesktop.RealtimeKit1";
constexpr const char* kPath = "/org/freedesktop/RealtimeKit1";
/// Microseconds. A bus or a service that hangs holds nobody up longer than a few of these.
constexpr std::uint64_t kPatience = 200'000;

}  // namespace

Rtkit::Bus Rtkit::connect() {
  sd_bus* opened = nullptr;
  if (sd_bus_open_system(&opened) < 0) return nullptr;
  Bus bus(opened);
  sd_bus_set_method_call_timeout(opened, kPatience);
  // A call on a bus that is not ready yet would wait for it without this limit.
  const Nanoseconds deadline = now() + static_cast<Nanoseconds>(kPatience) * 1000;
  for (;;) {
    const int processed = sd_bus_process(opened, nullptr);
    if (processed < 0) return nullptr;
    if (sd_bus_is_ready(opened) > 0) return bus;
    if (processed > 0) continue;
    const Nanoseconds left = deadline - now();
    if (left <= 0 || sd_bus_wait(opened, static_cast<std::uint64_t>(left) / 1000) < 0)
      return nullptr;
  }
}

std::optional<Rtkit> Rtkit::open() {
  Bus bus = connect();
  if (!bus) return std::nullopt;
  Rtkit rtkit(std::move(bus));
  Limits& limits = rtkit.limits_;
  if (!rtkit.read("MaxRealtimePriority", 'i', &limits.max_realtime_priority) ||
      !rtkit.read("MinNiceLevel", 'i', &limits.min_nice_level) ||
      !rtkit.read("RTTimeUSecMax", 'x', &limits.realtime_microseconds)) {
    return std::nullopt;
  }
  return rtkit;
}

bool Rtkit::read(const char* property, char type, void* value) {
  return sd_bus_get_property_trivial(bus_.get(), kService, kPath, kService, property, nullptr, type,
                                     value) >= 0;
}

bool Rtkit::make_realtime(pid_t thread, std::uint32_t priority) {
  return sd_bus_call_method(bus_.get(), kService, kPath, kService, "MakeThreadRealtime", nullptr,
                            nullptr, "tu", static_cast<std::uint64_t>(thread), priority) >= 0;
}

bool Rtkit::make_high_priority(pid_t thread, std::int32_t nice) {
  return sd_bus_call_method(bus_.get(), kService, kPath, kService, "MakeThreadHighPriority",
                            nullptr, nullptr, "ti", static_cast<std::uint64_t>(thread), nice) >= 0;
}

}  // namespace earthshine
