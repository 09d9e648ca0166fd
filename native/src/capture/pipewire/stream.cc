#include "capture/pipewire/stream.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace earthshine {
namespace {

constexpr int kMostReconnects = 10;

std::string describe(const PipewireSourceOptions& options) {
  if (const auto* id = std::get_if<PipewireNodeId>(&options.node)) return std::to_string(id->id);
  return "with the serial number " + std::get<PipewireNodeSerial>(options.node).serial;
}

}  // namespace

/// What PipeWire calls; nothing may be thrown through its C code, hence noexcept.
struct PipewireStream::Callbacks {
  static PipewireStream& self(void* data) { return *static_cast<PipewireStream*>(data); }

  static void state(void* data, pw_stream_state, pw_stream_state state,
                    const char* error) noexcept {
    if (self(data).closing_stream_) return;
    if (state == PW_STREAM_STATE_ERROR) {
      self(data).fail(std::string("PipeWire refuses the screen's picture: ") +
                      (error == nullptr ? "no reason given" : error) + ".");
    } else if (state == PW_STREAM_STATE_UNCONNECTED) {
      self(data).fail("The desktop ended the screen's stream.");
    }
  }
  static void param(void* data, std::uint32_t id, const spa_pod* param) noexcept {
    if (id == SPA_PARAM_Format && param != nullptr) self(data).format_changed(param);
  }
  static void add_buffer(void* data, pw_buffer* buffer) noexcept { self(data).add_buffer(*buffer); }
  static void remove_buffer(void* data, pw_buffer* buffer) noexcept {
    self(data).inbox_.remove(*buffer);
  }
  static void process(void* data) noexcept { self(data).process(); }

  static constexpr pw_stream_events kStream = [] {
    pw_stream_events events{};
    events.version = PW_VERSION_STREAM_EVENTS;
    events.state_changed = state;
    events.param_changed = param;
    events.add_buffer = add_buffer;
    events.remove_buffer = remove_buffer;
    events.process = process;
    return events;
  }();
};

PipewireStream::PipewireStream(const PipewireSourceOptions& options, int remote, std::string name)
    : options_(options),
      name_(std::move(name)),
      link_("screen reader", true,
            {.listed = [this] { link_.defer([this] { connect(); }); },
             .lost =
                 [this](const std::string& reason) {
                   close_stream();
                   inbox_.end(reason);
                 },
             .added = [this](const ServerObject& object) { added(object); },
             .removed =
                 [this](std::uint32_t id) {
                   nodes_.erase(id);
                   if (id == target_) fail("The desktop ended the screen's stream.");
                 },
             .tick = {},
             .ending = [this] { close_stream(); }},
            remote) {}

PipewireStream::~PipewireStream() {
  link_.close();
}

void PipewireStream::added(const ServerObject& object) {
  if (object.type != PW_TYPE_INTERFACE_Node) return;
  const auto serial = object.property(PW_KEY_OBJECT_SERIAL);
  nodes_[object.id] = {object.id, serial.empty() ? std::to_string(object.id) : std::string(serial),
                       std::string(object.property(PW_KEY_NODE_NAME))};
}

void PipewireStream::connect() {
  if (!link_.connected() || stream_ != nullptr || target_ != SPA_ID_INVALID) return;
  const auto found = std::find_if(nodes_.begin(), nodes_.end(), [&](const auto& entry) {
    const Node& node = entry.second;
    if (const auto* id = std::get_if<PipewireNodeId>(&options_.node)) {
      return node.id == id->id && (name_.empty() || name_ == node.name);
    }
    return node.serial == std::get<PipewireNodeSerial>(options_.node).serial;
  });
  if (found == nodes_.end()) {
    inbox_.end("PipeWire has no node " + describe(options_) +
               "; the desktop has ended the screen's stream.");
    return;
  }
  target_ = found->second.id;
  serial_ = found->second.serial;
  name_ = found->second.name;
  open_stream();
}

void PipewireStream::open_stream() {
  // When the node goes, the session manager must not give us another one in its place: that may be
  // a camera.
  pw_properties* properties = pw_properties_new(
      PW_KEY_MEDIA_TYPE, "Video", PW_KEY_MEDIA_CATEGORY, "Capture", PW_KEY_MEDIA_ROLE, "Screen",
      PW_KEY_MEDIA_NAME, "Screen for a viewer", PW_KEY_NODE_NAME, "earthshine-screen",
      PW_KEY_APP_NAME, "Earthshine", PW_KEY_TARGET_OBJECT, serial_.c_str(),
      PW_KEY_NODE_DONT_RECONNECT, "true", "node.dont-fallback", "true", "state.restore-props",
      "false", "state.restore-target", "false", nullptr);
  stream_ = pw_stream_new(link_.core(), "earthshine-screen", properties);
  if (stream_ == nullptr) {
    fail("PipeWire could not make a stream.");
    return;
  }
  pw_stream_add_listener(stream_, &stream_listener_, &Callbacks::kStream, this);
  const PipewireParameters formats = PipewireParameters::formats(options_, true);
  std::vector<const spa_pod*> pods = formats.pods();
  // Buffers are mapped here, so that the last picture outlives its producer.
  const int status = pw_stream_connect(
      stream_, PW_DIRECTION_INPUT, PW_ID_ANY,
      static_cast<pw_stream_flags>(PW_STREAM_FLAG_AUTOCONNECT | PW_STREAM_FLAG_DONT_RECONNECT |
                                   PW_STREAM_FLAG_RT_PROCESS),
      pods.data(), static_cast<std::uint32_t>(pods.size()));
  if (status < 0) fail("PipeWire could not connect a stream.");
}

/// The data thread may be within `process` until `pw_stream_destroy` has stopped it.
void PipewireStream::close_stream() {
  if (stream_ == nullptr) return;
  closing_stream_ = true;
  inbox_.remove_all();
  pw_stream_destroy(stream_);
  closing_stream_ = false;
  stream_ = nullptr;
}

void PipewireStream::ask_for_formats() {
  if (stream_ == nullptr) return;
  const PipewireParameters formats = PipewireParameters::formats(options_, !device_refused_);
  std::vector<const spa_pod*> pods = formats.pods();
  pw_stream_update_params(stream_, pods.data(), static_cast<std::uint32_t>(pods.size()));
}

void PipewireStream::format_changed(const spa_pod* format) {
  const auto agreed = read_format(*format);
  if (!agreed) {
    fail("The screen's stream has a picture format that cannot be read.");
    return;
  }
  format_ = *agreed;
  const PipewireParameters buffers =
      PipewireParameters::buffers(format_, options_.cursor == PipewireCursor::kMetadata);
  std::vector<const spa_pod*> pods = buffers.pods();
  pw_stream_update_params(stream_, pods.data(), static_cast<std::uint32_t>(pods.size()));
}

void PipewireStream::add_buffer(pw_buffer& buffer) {
  const bool told = buffer.buffer->n_datas > 0 && buffer.buffer->datas[0].type != SPA_ID_INVALID;
  if (!told) {
    // PipeWire 0.3 may hand a buffer on before its producer has said where it is, and says it
    // never.
    if (!std::exchange(reconnecting_, true)) {
      link_.defer([this] { reconnect(); });
    }
    return;
  }
  const auto added = inbox_.add(buffer, format_);
  if (added) return;
  if (!format_.device) {
    fail(added.fault().message);
  } else if (!std::exchange(device_refused_, true)) {
    link_.defer([this] { ask_for_formats(); });
  }
}

void PipewireStream::reconnect() {
  if (!link_.connected() || stream_ == nullptr) return;
  if (++reconnected_ > kMostReconnects) {
    fail("PipeWire does not say where the screen's picture is.");
    return;
  }
  close_stream();
  reconnecting_ = false;
  open_stream();
}

/// PipeWire's data thread.
void PipewireStream::process() {
  const Nanoseconds arrived = now();
  while (pw_buffer* buffer = pw_stream_dequeue_buffer(stream_)) {
    inbox_.deliver(stream_, *buffer, arrived);
  }
}

/// Called from within the stream's own callbacks too, so it only marks the end.
void PipewireStream::fail(const std::string& reason) {
  inbox_.end(reason);
  link_.defer([this] { close_stream(); });
}

}  // namespace earthshine
