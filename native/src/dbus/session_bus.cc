#include "dbus/session_bus.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "base/clock.h"
#include "dbus/bus_message.h"

namespace earthshine {

namespace {

constexpr const char* kFailed = "org.freedesktop.DBus.Error.Failed";
constexpr const char* kDisconnected = "org.freedesktop.DBus.Error.Disconnected";

struct MessageUnref {
  void operator()(sd_bus_message* message) const { sd_bus_message_unref(message); }
};
using Message = std::unique_ptr<sd_bus_message, MessageUnref>;

}  // namespace

Result<std::unique_ptr<SessionBus>> SessionBus::open(const std::string& address,
                                                     OnClosed on_closed) {
  const auto fault = [&](int error) {
    return Fault{"The session bus \"" + address + "\" cannot be reached: " + std::strerror(-error) +
                 "."};
  };
  if (address.rfind("unix:", 0) != 0) return fault(-EPROTONOSUPPORT);
  sd_bus* made = nullptr;
  if (const int error = sd_bus_new(&made); error < 0) return fault(error);
  std::unique_ptr<sd_bus, Unref> bus(made);
  int error = sd_bus_set_address(made, address.c_str());
  if (error >= 0) error = sd_bus_set_bus_client(made, 1);
  if (error >= 0) error = sd_bus_negotiate_fds(made, 1);
  if (error >= 0) error = sd_bus_start(made);
  if (error < 0) return fault(error);
  std::unique_ptr<SessionBus> opened(new SessionBus(std::move(bus), std::move(on_closed)));
  if (opened->wake_.descriptor() < 0) return fault(-EMFILE);
  try {
    opened->thread_ = std::thread([self = opened.get()] { self->run(); });
  } catch (const std::system_error&) {
    return Fault{"A thread could not be started; this machine has too many."};
  }
  return opened;
}

SessionBus::SessionBus(std::unique_ptr<sd_bus, Unref> bus, OnClosed on_closed)
    : bus_(std::move(bus)), on_closed_(std::move(on_closed)) {}

SessionBus::~SessionBus() {
  close();
}

void SessionBus::close() {
  if (!thread_.joinable()) return;
  stopping_.store(true);
  post([] {});
  thread_.join();
}

void SessionBus::post(Task task) {
  {
    const std::lock_guard lock(mutex_);
    posted_.push_back(std::move(task));
  }
  wake_.set();
}

void SessionBus::call(BusCall call, OnAnswer on_answer) {
  post([this, call = std::move(call), on_answer = std::move(on_answer)]() mutable {
    begin(call, std::move(on_answer));
  });
}

void SessionBus::begin(const BusCall& call, OnAnswer on_answer) {
  if (ended_) {
    on_answer(BusError{kDisconnected, "The session bus has ended."});
    return;
  }
  sd_bus_message* made = nullptr;
  const int error =
      sd_bus_message_new_method_call(bus_.get(), &made, call.destination.c_str(), call.path.c_str(),
                                     call.interface.c_str(), call.member.c_str());
  if (error < 0) {
    on_answer(BusError{kFailed, std::strerror(-error)});
    return;
  }
  const Message message(made);
  if (const auto appended = append_values(made, call.signature, call.body); !appended) {
    on_answer(BusError{kFailed, appended.fault().message});
    return;
  }
  auto& pending = pending_.emplace_back(Pending{this, std::move(on_answer), nullptr, {}});
  pending.self = std::prev(pending_.end());
  const int sent =
      sd_bus_call_async(bus_.get(), &pending.slot, made, answered, &pending, call.limit);
  if (sent < 0) {
    const OnAnswer refused = std::move(pending.on_answer);
    pending_.pop_back();
    refused(BusError{kFailed, std::strerror(-sent)});
  }
}

int SessionBus::answered(sd_bus_message* message, void* data, sd_bus_error*) {
  auto* pending = static_cast<Pending*>(data);
  const OnAnswer on_answer = std::move(pending->on_answer);
  sd_bus_slot_unref(pending->slot);
  pending->bus->pending_.erase(pending->self);
  if (const sd_bus_error* error = sd_bus_message_get_error(message)) {
    on_answer(BusError{error->name, error->message == nullptr ? "" : error->message});
    return 1;
  }
  auto values = read_values(message);
  if (values) {
    on_answer(std::move(values.value()));
  } else {
    on_answer(BusError{kFailed, values.fault().message});
  }
  return 1;
}

void SessionBus::subscribe(const std::string& rule, OnSignal on_signal) {
  post([this, rule, on_signal = std::move(on_signal)]() mutable {
    if (ended_) return;
    auto& subscription = subscriptions_.emplace_back(Subscription{std::move(on_signal), nullptr});
    sd_bus_add_match_async(bus_.get(), &subscription.slot, rule.c_str(), signalled, nullptr,
                           &subscription);
  });
}

int SessionBus::signalled(sd_bus_message* message, void* data, sd_bus_error*) {
  auto values = read_values(message);
  if (values) static_cast<Subscription*>(data)->on_signal(std::move(values.value()));
  return 0;  // others may wait for the same
}

void SessionBus::run_posted() {
  std::vector<Task> tasks;
  {
    const std::lock_guard lock(mutex_);
    tasks.swap(posted_);
  }
  for (const Task& task : tasks) task();
}

bool SessionBus::wait() {
  pollfd descriptors[2] = {{sd_bus_get_fd(bus_.get()), 0, 0}, {wake_.descriptor(), POLLIN, 0}};
  const int events = sd_bus_get_events(bus_.get());
  std::uint64_t deadline = UINT64_MAX;
  if (descriptors[0].fd < 0 || events < 0 || sd_bus_get_timeout(bus_.get(), &deadline) < 0) {
    return false;
  }
  descriptors[0].events = static_cast<short>(events);
  int milliseconds = -1;
  if (deadline != UINT64_MAX) {
    const auto left = static_cast<std::int64_t>(deadline) - now() / 1000;
    milliseconds = static_cast<int>(std::clamp<std::int64_t>(left / 1000 + 1, 0, 60'000));
  }
  if (poll(descriptors, 2, milliseconds) < 0 && errno != EINTR) return false;
  wake_.clear();
  return true;
}

void SessionBus::run() {
  std::string reason = "The session bus has ended.";
  for (;;) {
    run_posted();
    if (stopping_.load()) break;
    const int processed = sd_bus_process(bus_.get(), nullptr);
    if (processed > 0) continue;
    if (processed < 0 || !wait()) {
      if (processed < 0) reason = std::string("The session bus: ") + std::strerror(-processed);
      ended_ = true;
      break;
    }
  }
  const auto disconnect = [&] {
    while (!pending_.empty()) {
      const OnAnswer on_answer = std::move(pending_.front().on_answer);
      sd_bus_slot_unref(pending_.front().slot);
      pending_.pop_front();
      on_answer(BusError{kDisconnected, reason});
    }
  };
  disconnect();
  if (ended_) on_closed_(reason);
  // Who calls now is told the same until somebody closes it.
  while (!stopping_.load()) {
    pollfd woken = {wake_.descriptor(), POLLIN, 0};
    poll(&woken, 1, -1);
    wake_.clear();
    run_posted();
  }
  ended_ = true;
  run_posted();
  disconnect();
  for (auto& subscription : subscriptions_) sd_bus_slot_unref(subscription.slot);
  subscriptions_.clear();
  bus_.reset();
}

}  // namespace earthshine
