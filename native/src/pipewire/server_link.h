#pragma once

#include <pipewire/pipewire.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/result.h"

namespace earthshine {

/// One entry of a PipeWire server's registry. Valid during the call that names it.
struct ServerObject {
  std::uint32_t id;
  std::string_view type;
  const spa_dict* properties;

  /// The property's value, empty when absent.
  [[nodiscard]] std::string_view property(const char* key) const;
};

/// A connection to the user's PipeWire server with a thread and an event loop of its own. When the
/// server goes away it tries again by itself, first after 0.1 s and then ever more seldom, up to
/// every 2 s.
class ServerLink {
 public:
  /// All of them are called on the link's thread, which must not be held up.
  struct Events {
    /// the server's registry was listed to its end for the first time after connecting
    std::function<void()> listed;
    /// no connection, with a sentence; whatever was bound to this connection must be dropped now
    std::function<void(const std::string& reason)> lost;
    std::function<void(const ServerObject&)> added;
    std::function<void(std::uint32_t id)> removed;
    /// about five times a second, also without a connection
    std::function<void()> tick;
    /// the thread ends: the last chance to drop what was bound
    std::function<void()> ending;
  };

  /// @param thread_name at most 15 bytes
  /// @param realtime the data thread asks rtkit for the real-time class; only for readers
  /// @param remote a connected socket that becomes the link's, -1: the user's server. It serves one
  ///   connection: when that is lost, there is no other.
  ServerLink(const char* thread_name, bool realtime, Events events, int remote = -1);
  ~ServerLink();
  ServerLink(const ServerLink&) = delete;
  ServerLink& operator=(const ServerLink&) = delete;

  Result<bool> start();
  /// Ends the thread. May be called twice, from any thread but the link's own.
  void close();

  // For the link's thread alone.

  [[nodiscard]] bool connected() const { return core_ != nullptr; }
  [[nodiscard]] pw_core* core() const { return core_.get(); }
  [[nodiscard]] pw_registry* registry() const { return registry_.get(); }
  [[nodiscard]] const std::string& server_version() const { return server_version_; }
  /// Calls `done` when the server has answered everything that was asked before.
  void sync(std::function<void()> done);
  /// Calls `task` from the loop soon, outside of PipeWire's own callbacks, in which objects must
  /// not be destroyed.
  void defer(std::function<void()> task);
  /// Gives this connection up (it does not answer) and tries anew.
  void give_up(std::string reason);

 private:
  template <auto Destroy>
  struct Deleter {
    template <typename T>
    void operator()(T* object) const {
      Destroy(object);
    }
  };
  static void disconnect(pw_core* core) { pw_core_disconnect(core); }
  static void destroy_registry(pw_registry* registry) {
    pw_proxy_destroy(reinterpret_cast<pw_proxy*>(registry));
  }
  struct Pending {
    int sequence;
    std::function<void()> done;
  };
  struct Callbacks;

  void run();
  void connect();
  void drop();
  void fail(const std::string& reason);
  void retry_later();

  const std::string thread_name_;
  const bool realtime_;
  const bool has_remote_;
  Events events_;
  /// until it is used
  int remote_;

  std::unique_ptr<pw_main_loop, Deleter<pw_main_loop_destroy>> loop_;
  std::unique_ptr<pw_context, Deleter<pw_context_destroy>> context_;
  std::unique_ptr<pw_core, Deleter<disconnect>> core_;
  std::unique_ptr<pw_registry, Deleter<destroy_registry>> registry_;
  spa_hook core_listener_{};
  spa_hook registry_listener_{};
  spa_source* quit_ = nullptr;
  spa_source* deferred_ = nullptr;
  spa_source* retry_ = nullptr;
  spa_source* ticker_ = nullptr;

  std::vector<Pending> pending_;
  std::vector<std::function<void()>> tasks_;
  std::string server_version_;
  /// ticks since the connection was made or the last answer came
  int unanswered_ticks_ = 0;
  int retry_milliseconds_ = 0;
  std::thread thread_;
};

}  // namespace earthshine
