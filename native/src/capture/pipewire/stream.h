#pragma once

#include <pipewire/pipewire.h>

#include <map>
#include <memory>
#include <string>

#include "capture/pipewire/inbox.h"
#include "capture/pipewire/options.h"
#include "pipewire/server_link.h"

namespace earthshine {

/// Connects to a video node and fills an inbox, on threads of its own. It ends for good when the
/// node, the stream or the server does; the inbox tells why.
class PipewireStream {
 public:
  /// @param name the node's name, where it is known; found out where it is empty
  PipewireStream(const PipewireSourceOptions& options, int remote, std::string name);
  ~PipewireStream();
  PipewireStream(const PipewireStream&) = delete;
  PipewireStream& operator=(const PipewireStream&) = delete;

  Result<bool> start() { return link_.start(); }
  [[nodiscard]] PipewireInbox& inbox() { return inbox_; }
  /// The node's name, once a picture has come from it.
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  struct Node {
    std::uint32_t id;
    std::string serial, name;
  };
  struct Callbacks;

  void added(const ServerObject& object);
  void connect();
  void open_stream();
  void reconnect();
  void close_stream();
  void ask_for_formats();
  void format_changed(const spa_pod* format);
  void add_buffer(pw_buffer& buffer);
  void process();
  void fail(const std::string& reason);

  const PipewireSourceOptions options_;
  PipewireInbox inbox_;

  // The link's thread alone.
  std::string name_;
  std::map<std::uint32_t, Node> nodes_;
  std::uint32_t target_ = SPA_ID_INVALID;
  std::string serial_;
  PipewireFormat format_;
  /// buffers of a device were given that cannot be mapped
  bool device_refused_ = false;
  bool closing_stream_ = false;
  bool reconnecting_ = false;
  int reconnected_ = 0;
  spa_hook stream_listener_{};
  pw_stream* stream_ = nullptr;

  ServerLink link_;
};

}  // namespace earthshine
