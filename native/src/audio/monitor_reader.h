#pragma once

#include <pipewire/pipewire.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "audio/default_sink.h"
#include "audio/elastic_buffer.h"
#include "pipewire/server_link.h"

namespace earthshine {

struct MonitorReaderOptions {
  /// node name of the sink whose monitor is read; empty: whatever sink is the default
  std::string sink;
  int channels = 2;
  /// frames of one packet, which PipeWire is asked to deliver at a time
  int packet_frames = 240;
};

/// Reads the monitor of a sink into an ElasticBuffer: waits for the sink, follows the default, and
/// comes back after the server or the sink went away. Channels are mixed up or down by PipeWire.
class MonitorReader {
 public:
  /// Called on the reader's thread when sound fails for longer than a second, and with `recovered`
  /// when there is sound, at first or again.
  using OnNotice = std::function<void(std::string message, bool recovered)>;

  MonitorReader(MonitorReaderOptions options, OnNotice on_notice);
  ~MonitorReader();
  MonitorReader(const MonitorReader&) = delete;
  MonitorReader& operator=(const MonitorReader&) = delete;

  Result<bool> start();
  /// Another sink from the next tick on, named as in the options. From any thread.
  void follow(std::string sink);
  /// No notice and no write to the buffer after it returns.
  void close();
  [[nodiscard]] ElasticBuffer& buffer() { return buffer_; }

 private:
  struct Sink {
    std::string name;
    std::string serial;
  };
  struct Callbacks;

  void added(const ServerObject& object);
  void removed(std::uint32_t id);
  void lost(const std::string& reason);
  void tick();
  void take_wish();
  void retarget();
  void open_stream(const Sink& sink);
  void close_stream();
  void stream_failed(const std::string& reason);
  void process();

  /// the sink in it is the link thread's
  MonitorReaderOptions options_;
  std::mutex wish_mutex_;
  /// the sink to be read instead, until the link's thread has taken it
  std::optional<std::string> wish_;
  OnNotice on_notice_;
  ElasticBuffer buffer_;

  // The link's thread alone.
  std::map<std::uint32_t, Sink> sinks_;
  DefaultMetadata metadata_;
  std::string default_sink_;
  pw_stream* stream_ = nullptr;
  bool closing_stream_ = false;
  spa_hook stream_listener_{};
  std::uint32_t target_ = 0;
  /// counts streams, so that a deferred end does not meet a successor
  std::uint64_t generation_ = 0;
  /// ticks until a failed stream is opened again
  int ticks_until_retry_ = 0;
  std::string silent_because_;
  int silent_ticks_ = 0;
  bool told_ = false;
  bool sounded_ = false;
  std::uint64_t portions_seen_ = 0;
  bool asked_ = false;

  /// portions that PipeWire delivered; its data thread counts
  std::atomic<std::uint64_t> portions_ = 0;

  ServerLink link_;
};

}  // namespace earthshine
