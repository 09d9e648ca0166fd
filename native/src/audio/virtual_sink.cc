#include "audio/virtual_sink.h"

#include <pipewire/pipewire.h>

#include <future>
#include <optional>
#include <utility>

#include "audio/channel_positions.h"
#include "pipewire/server_link.h"

namespace earthshine {

namespace {

class AdapterSink final : public VirtualSink {
 public:
  explicit AdapterSink(VirtualSinkOptions options)
      : options_(std::move(options)),
        link_("audio sink", false,
              {.listed = [this] { make(); },
               .lost = [this](const std::string& reason) { lost(reason); },
               .added = [this](const ServerObject& object) { added(object); },
               .removed = {},
               .tick = {},
               .ending = [this] { drop(); }}) {}

  ~AdapterSink() override { close(); }

  Result<bool> open(std::chrono::milliseconds patience) {
    auto opened = opened_.get_future();
    if (auto started = link_.start(); !started) return started;
    if (opened.wait_for(patience) == std::future_status::ready) return opened.get();
    close();
    return Fault{
        "The PipeWire server did not make a virtual sound output in time; it may be "
        "overloaded or stopped."};
  }

  void close() override { link_.close(); }

 private:
  static void bound(void* data, std::uint32_t id) noexcept {
    auto& self = *static_cast<AdapterSink*>(data);
    self.node_ = id;
    self.answer_when_listed();
  }

  static void removed(void* data) noexcept {
    auto& self = *static_cast<AdapterSink*>(data);
    self.link_.defer([&self] { self.drop(); });
  }

  static void error(void* data, int, int, const char* message) noexcept {
    auto& self = *static_cast<AdapterSink*>(data);
    self.answer(Fault{std::string("PipeWire refuses a virtual sound output: ") +
                      (message == nullptr ? "no reason given" : message) + "."});
    self.link_.defer([&self] { self.drop(); });
  }

  static constexpr pw_proxy_events kEvents = [] {
    pw_proxy_events events{};
    events.version = PW_VERSION_PROXY_EVENTS;
    events.bound = bound;
    events.removed = removed;
    events.error = error;
    return events;
  }();

  void added(const ServerObject& object) {
    if (object.type != PW_TYPE_INTERFACE_Node) return;
    if (object.property(PW_KEY_NODE_NAME) != options_.name) return;
    same_name_ = object.id;
    if (proxy_ != nullptr) answer_when_listed();
  }

  void make() {
    if (same_name_ && !answered_) {
      answer(Fault{"A sound output with the name \"" + options_.name + "\" exists already."});
      return;
    }
    std::string position = "[ ";
    for (int channel = 0; channel < options_.channels; ++channel) {
      position += kChannelNames[static_cast<std::size_t>(channel)];
      position += ' ';
    }
    position += ']';
    // The desktop's volume keys act on the virtual output like on any other, so its monitor follows
    // its volume.
    pw_properties* properties = pw_properties_new(
        PW_KEY_FACTORY_NAME, "support.null-audio-sink", PW_KEY_NODE_NAME, options_.name.c_str(),
        PW_KEY_NODE_DESCRIPTION, options_.description.c_str(), PW_KEY_MEDIA_CLASS, "Audio/Sink",
        "audio.position", position.c_str(), PW_KEY_OBJECT_LINGER, "false", PW_KEY_NODE_VIRTUAL,
        "true", "monitor.channel-volumes", "true", PW_KEY_APP_NAME, "Earthshine", nullptr);
    pw_properties_setf(properties, "audio.channels", "%d", options_.channels);
    proxy_ = static_cast<pw_proxy*>(pw_core_create_object(
        link_.core(), "adapter", PW_TYPE_INTERFACE_Node, PW_VERSION_NODE, &properties->dict, 0));
    pw_properties_free(properties);
    if (proxy_ == nullptr) {
      answer(Fault{"PipeWire could not make a virtual sound output."});
      return;
    }
    pw_proxy_add_listener(proxy_, &listener_, &kEvents, this);
  }

  /// The registry's entry is what others see; it may come before or after the answer.
  void answer_when_listed() {
    if (node_ && same_name_ == node_) answer(true);
  }

  void lost(const std::string& reason) {
    drop();
    answer(Fault{reason});
  }

  void answer(Result<bool> result) {
    if (std::exchange(answered_, true)) return;
    opened_.set_value(std::move(result));
  }

  void drop() {
    node_.reset();
    same_name_.reset();
    if (proxy_ == nullptr) return;
    spa_hook_remove(&listener_);
    pw_proxy_destroy(std::exchange(proxy_, nullptr));
  }

  const VirtualSinkOptions options_;
  std::promise<Result<bool>> opened_;

  // The link's thread alone.
  bool answered_ = false;
  pw_proxy* proxy_ = nullptr;
  spa_hook listener_{};
  std::optional<std::uint32_t> node_;
  std::optional<std::uint32_t> same_name_;

  ServerLink link_;
};

}  // namespace

Result<std::unique_ptr<VirtualSink>> VirtualSink::create(const VirtualSinkOptions& options,
                                                         std::chrono::milliseconds patience) {
  if (options.name.empty()) return Fault{"A virtual sound output needs a name."};
  if (options.channels != 2 && options.channels != 6 && options.channels != 8) {
    return Fault{"A virtual sound output has 2, 6 or 8 channels, not " +
                 std::to_string(options.channels) + "."};
  }
  auto sink = std::make_unique<AdapterSink>(options);
  if (auto opened = sink->open(patience); !opened) return opened.fault();
  return std::unique_ptr<VirtualSink>(std::move(sink));
}

}  // namespace earthshine
