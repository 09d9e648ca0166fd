#pragma once

#include <systemd/sd-bus.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/wake_event.h"
#include "dbus/bus_value.h"

namespace earthshine {

/// What a service answered with instead of a value.
struct BusError {
  /// `org.freedesktop.DBus.Error.ServiceUnknown` …
  std::string name;
  std::string message;
};

struct BusCall {
  std::string destination, path, interface, member;
  /// of `body`
  std::string signature;
  BusList body;
  /// microseconds; the answer is an error afterwards
  std::uint64_t limit = 5'000'000;
};

/// A connection to a message bus, on a thread of its own, which alone touches it: whoever calls
/// waits for nothing. Handlers run on that thread.
class SessionBus {
 public:
  using Answer = std::variant<BusList, BusError>;
  using OnAnswer = std::function<void(Answer)>;
  using OnSignal = std::function<void(BusList)>;
  using OnClosed = std::function<void(const std::string& reason)>;

  /// @param address `unix:path=/run/user/1000/bus`; `unixexec:` is refused, it starts programs
  /// @param on_closed once, when the bus has ended by itself
  static Result<std::unique_ptr<SessionBus>> open(const std::string& address, OnClosed on_closed);
  ~SessionBus();
  SessionBus(const SessionBus&) = delete;
  SessionBus& operator=(const SessionBus&) = delete;

  void call(BusCall call, OnAnswer on_answer);
  /// @param rule as in the specification: `type='signal',interface='…',member='…'`
  void subscribe(const std::string& rule, OnSignal on_signal);
  /// Answers that are still out are errors. May be called twice; not from a handler.
  void close();

 private:
  struct Pending {
    SessionBus* bus;
    OnAnswer on_answer;
    sd_bus_slot* slot;
    std::list<Pending>::iterator self;
  };
  struct Subscription {
    OnSignal on_signal;
    sd_bus_slot* slot;
  };
  struct Unref {
    void operator()(sd_bus* bus) const { sd_bus_flush_close_unref(bus); }
  };
  using Task = std::function<void()>;

  SessionBus(std::unique_ptr<sd_bus, Unref> bus, OnClosed on_closed);

  void post(Task task);
  void run();
  void run_posted();
  [[nodiscard]] bool wait();
  void begin(const BusCall& call, OnAnswer on_answer);
  static int answered(sd_bus_message* message, void* data, sd_bus_error* error);
  static int signalled(sd_bus_message* message, void* data, sd_bus_error* error);

  std::unique_ptr<sd_bus, Unref> bus_;
  /// something was posted, or the end
  const WakeEvent wake_;
  const OnClosed on_closed_;
  std::mutex mutex_;
  std::vector<Task> posted_;
  std::atomic<bool> stopping_ = false;
  // the thread's own
  std::list<Pending> pending_;
  std::list<Subscription> subscriptions_;
  bool ended_ = false;
  std::thread thread_;
};

}  // namespace earthshine
