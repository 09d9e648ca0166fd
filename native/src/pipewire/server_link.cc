#include "pipewire/server_link.h"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <system_error>
#include <utility>

namespace earthshine {

namespace {

constexpr int kFirstRetry = 100;
constexpr int kLongestRetry = 2'000;
constexpr int kTick = 200;
/// 5 s: a server that is merely busy answers within this time
constexpr int kUnansweredTicks = 25;

void initialize_pipewire() {
  static std::once_flag once;
  std::call_once(once, [] { pw_init(nullptr, nullptr); });
}

timespec milliseconds(int value) {
  return {value / 1000, value % 1000 * 1'000'000L};
}

std::string no_server() {
  const char* directory = std::getenv("PIPEWIRE_RUNTIME_DIR");
  if (directory == nullptr) directory = std::getenv("XDG_RUNTIME_DIR");
  if (directory == nullptr) {
    return "No audio server can be found, because XDG_RUNTIME_DIR is not set; start Earthshine "
           "within the user's session.";
  }
  return std::string("No PipeWire server answers in ") + directory +
         "; start it with \"systemctl --user start pipewire wireplumber\".";
}

}  // namespace

std::string_view ServerObject::property(const char* key) const {
  const char* value = properties == nullptr ? nullptr : spa_dict_lookup(properties, key);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

/// What PipeWire calls; nothing may be thrown through its C code, hence noexcept.
struct ServerLink::Callbacks {
  static ServerLink& link(void* data) { return *static_cast<ServerLink*>(data); }

  static void info(void* data, const pw_core_info* info) noexcept {
    if (info->version != nullptr) link(data).server_version_ = info->version;
  }

  static void done(void* data, std::uint32_t id, int sequence) noexcept {
    auto& self = link(data);
    self.unanswered_ticks_ = 0;
    if (id != PW_ID_CORE) return;
    for (std::size_t index = 0; index < self.pending_.size(); ++index) {
      if (self.pending_[index].sequence != sequence) continue;
      const auto done = std::move(self.pending_[index].done);
      self.pending_.erase(self.pending_.begin() + static_cast<std::ptrdiff_t>(index));
      done();
      return;
    }
  }

  static void error(void* data, std::uint32_t id, int, int result, const char*) noexcept {
    if (id != PW_ID_CORE || result != -EPIPE) return;
    link(data).give_up("The PipeWire server ended.");
  }

  static void global(void* data, std::uint32_t id, std::uint32_t, const char* type, std::uint32_t,
                     const spa_dict* properties) noexcept {
    auto& self = link(data);
    if (self.events_.added) self.events_.added({id, type, properties});
  }

  static void global_remove(void* data, std::uint32_t id) noexcept {
    auto& self = link(data);
    if (self.events_.removed) self.events_.removed(id);
  }

  static void quit(void* data, std::uint64_t) noexcept {
    pw_main_loop_quit(link(data).loop_.get());
  }

  static void deferred(void* data, std::uint64_t) noexcept {
    const auto tasks = std::exchange(link(data).tasks_, {});
    for (const auto& task : tasks) task();
  }

  static void retry(void* data, std::uint64_t) noexcept { link(data).connect(); }

  static void tick(void* data, std::uint64_t) noexcept {
    auto& self = link(data);
    if (self.core_ != nullptr && !self.pending_.empty() &&
        ++self.unanswered_ticks_ > kUnansweredTicks) {
      self.fail("The PipeWire server does not answer.");
    }
    if (self.events_.tick) self.events_.tick();
  }

  static constexpr pw_core_events kCore = [] {
    pw_core_events events{};
    events.version = PW_VERSION_CORE_EVENTS;
    events.info = info;
    events.done = done;
    events.error = error;
    return events;
  }();

  static constexpr pw_registry_events kRegistry = [] {
    pw_registry_events events{};
    events.version = PW_VERSION_REGISTRY_EVENTS;
    events.global = global;
    events.global_remove = global_remove;
    return events;
  }();
};

ServerLink::ServerLink(const char* thread_name, bool realtime, Events events, int remote)
    : thread_name_(thread_name),
      realtime_(realtime),
      has_remote_(remote >= 0),
      events_(std::move(events)),
      remote_(remote) {}

ServerLink::~ServerLink() {
  close();
  if (remote_ >= 0) ::close(remote_);
}

Result<bool> ServerLink::start() {
  initialize_pipewire();
  loop_.reset(pw_main_loop_new(nullptr));
  if (loop_ == nullptr) {
    return Fault{std::string("PipeWire's library could not make an event loop: ") +
                 std::strerror(errno) + "."};
  }
  pw_loop* loop = pw_main_loop_get_loop(loop_.get());
  quit_ = pw_loop_add_event(loop, Callbacks::quit, this);
  deferred_ = pw_loop_add_event(loop, Callbacks::deferred, this);
  retry_ = pw_loop_add_timer(loop, Callbacks::retry, this);
  ticker_ = pw_loop_add_timer(loop, Callbacks::tick, this);
  if (quit_ == nullptr || deferred_ == nullptr || retry_ == nullptr || ticker_ == nullptr) {
    return Fault{"PipeWire's event loop could not be set up; too many files may be open."};
  }
  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error& error) {
    return Fault{std::string("A thread for PipeWire could not be started: ") + error.what() + "."};
  }
  return true;
}

void ServerLink::close() {
  if (thread_.joinable()) {
    pw_loop_signal_event(pw_main_loop_get_loop(loop_.get()), quit_);
    thread_.join();
  }
  loop_.reset();
}

void ServerLink::run() {
  pthread_setname_np(pthread_self(), thread_name_.c_str());
  pw_loop* loop = pw_main_loop_get_loop(loop_.get());
  timespec interval = milliseconds(kTick);
  pw_loop_update_timer(loop, ticker_, &interval, &interval, false);
  connect();
  pw_main_loop_run(loop_.get());
  if (events_.ending) events_.ending();
  drop();
  context_.reset();
}

void ServerLink::connect() {
  pw_loop* loop = pw_main_loop_get_loop(loop_.get());
  if (context_ == nullptr && realtime_) {
    // Up to PipeWire 1.2 the real-time module comes with a configuration of its own.
    context_.reset(
        pw_context_new(loop, pw_properties_new(PW_KEY_CONFIG_NAME, "client-rt.conf", nullptr), 0));
  }
  if (context_ == nullptr) {
    context_.reset(pw_context_new(
        loop, pw_properties_new("module.rt", realtime_ ? "true" : "false", nullptr), 0));
  }
  if (context_ == nullptr) {
    fail(std::string("PipeWire's configuration for clients cannot be read: ") +
         std::strerror(errno) + "; reinstall PipeWire.");
    return;
  }
  if (has_remote_) {
    const int remote = std::exchange(remote_, -1);
    // PipeWire closes it, also where this fails.
    if (remote >= 0) core_.reset(pw_context_connect_fd(context_.get(), remote, nullptr, 0));
  } else {
    core_.reset(pw_context_connect(context_.get(), nullptr, 0));
  }
  if (core_ == nullptr) {
    fail(has_remote_ ? "The connection to PipeWire that the desktop handed over has ended."
                     : no_server());
    return;
  }
  pw_core_add_listener(core_.get(), &core_listener_, &Callbacks::kCore, this);
  registry_.reset(pw_core_get_registry(core_.get(), PW_VERSION_REGISTRY, 0));
  pw_registry_add_listener(registry_.get(), &registry_listener_, &Callbacks::kRegistry, this);
  unanswered_ticks_ = 0;
  sync([this] {
    retry_milliseconds_ = 0;
    if (events_.listed) events_.listed();
  });
}

void ServerLink::sync(std::function<void()> done) {
  pending_.push_back({pw_core_sync(core_.get(), PW_ID_CORE, 0), std::move(done)});
}

void ServerLink::defer(std::function<void()> task) {
  tasks_.push_back(std::move(task));
  pw_loop_signal_event(pw_main_loop_get_loop(loop_.get()), deferred_);
}

void ServerLink::give_up(std::string reason) {
  defer([this, reason = std::move(reason)] {
    if (core_ != nullptr) fail(reason);
  });
}

void ServerLink::fail(const std::string& reason) {
  if (events_.lost) events_.lost(reason);
  drop();
  retry_later();
}

void ServerLink::drop() {
  pending_.clear();
  if (registry_ != nullptr) spa_hook_remove(&registry_listener_);
  registry_.reset();
  if (core_ != nullptr) spa_hook_remove(&core_listener_);
  core_.reset();
}

void ServerLink::retry_later() {
  retry_milliseconds_ =
      retry_milliseconds_ == 0 ? kFirstRetry : std::min(retry_milliseconds_ * 2, kLongestRetry);
  timespec delay = milliseconds(retry_milliseconds_);
  pw_loop_update_timer(pw_main_loop_get_loop(loop_.get()), retry_, &delay, nullptr, false);
}

}  // namespace earthshine
