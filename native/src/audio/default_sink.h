#pragma once

#include <pipewire/extensions/metadata.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "pipewire/server_link.h"

namespace earthshine {

/// The sink that the session manager plays to at the moment.
inline constexpr const char* kEffectiveDefault = "default.audio.sink";
/// The sink that the user (or a host) asked for; kept by the session manager over restarts.
inline constexpr const char* kConfiguredDefault = "default.configured.audio.sink";

/// The session manager's "default" metadata of one connection, followed from the link's thread. It
/// is the place where PipeWire keeps default devices: JSON `{"name": NODE}` per key.
class DefaultMetadata {
 public:
  /// @param changed called with a key and the sink's node name, empty when it was cleared
  explicit DefaultMetadata(std::function<void(std::string_view key, std::string name)> changed)
      : changed_(std::move(changed)) {}
  ~DefaultMetadata() { drop(); }
  DefaultMetadata(const DefaultMetadata&) = delete;
  DefaultMetadata& operator=(const DefaultMetadata&) = delete;

  /// To be shown every new object of the registry. True when it was the metadata.
  bool added(const ServerLink& link, const ServerObject& object);
  void removed(std::uint32_t id);
  [[nodiscard]] bool found() const { return proxy_ != nullptr; }
  /// An empty name clears the key.
  void write(const char* key, const std::string& name);
  void drop();

 private:
  static int property(void* data, std::uint32_t subject, const char* key, const char* type,
                      const char* value) noexcept;

  static constexpr pw_metadata_events kEvents{PW_VERSION_METADATA_EVENTS, property};

  std::function<void(std::string_view, std::string)> changed_;
  pw_metadata* proxy_ = nullptr;
  std::uint32_t id_ = 0;
  spa_hook listener_{};
};

}  // namespace earthshine
