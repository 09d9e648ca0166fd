#include "audio/default_sink.h"

#include <spa/utils/json.h>

#include <array>
#include <cstring>

namespace earthshine {

namespace {

/// The "name" of `{"name": NODE}`, empty when there is none.
std::string name_of(const char* value) {
  if (value == nullptr) return {};
  spa_json outer{};
  spa_json object{};
  spa_json_init(&outer, value, std::strlen(value));
  if (spa_json_enter_object(&outer, &object) <= 0) return {};
  std::array<char, 1024> key{};
  while (spa_json_get_string(&object, key.data(), static_cast<int>(key.size())) > 0) {
    if (std::strcmp(key.data(), "name") == 0) {
      std::array<char, 1024> name{};
      if (spa_json_get_string(&object, name.data(), static_cast<int>(name.size())) > 0) {
        return name.data();
      }
      return {};
    }
    const char* skipped = nullptr;
    if (spa_json_next(&object, &skipped) <= 0) return {};
  }
  return {};
}

}  // namespace

bool DefaultMetadata::added(const ServerLink& link, const ServerObject& object) {
  if (proxy_ != nullptr || object.type != PW_TYPE_INTERFACE_Metadata ||
      object.property(PW_KEY_METADATA_NAME) != "default") {
    return false;
  }
  proxy_ = static_cast<pw_metadata*>(pw_registry_bind(
      link.registry(), object.id, PW_TYPE_INTERFACE_Metadata, PW_VERSION_METADATA, 0));
  if (proxy_ == nullptr) return false;
  id_ = object.id;
  pw_metadata_add_listener(proxy_, &listener_, &kEvents, this);
  return true;
}

void DefaultMetadata::removed(std::uint32_t id) {
  if (proxy_ != nullptr && id == id_) drop();
}

void DefaultMetadata::write(const char* key, const std::string& name) {
  if (proxy_ == nullptr) return;
  if (name.empty()) {
    pw_metadata_set_property(proxy_, PW_ID_CORE, key, nullptr, nullptr);
    return;
  }
  std::string quoted(name.size() * 6 + 3, '\0');
  const int length =
      spa_json_encode_string(quoted.data(), static_cast<int>(quoted.size()), name.c_str());
  quoted.resize(static_cast<std::size_t>(length));
  const std::string value = "{ \"name\": " + quoted + " }";
  pw_metadata_set_property(proxy_, PW_ID_CORE, key, "Spa:String:JSON", value.c_str());
}

void DefaultMetadata::drop() {
  if (proxy_ == nullptr) return;
  spa_hook_remove(&listener_);
  pw_proxy_destroy(reinterpret_cast<pw_proxy*>(proxy_));
  proxy_ = nullptr;
}

int DefaultMetadata::property(void* data, std::uint32_t subject, const char* key, const char*,
                              const char* value) noexcept {
  auto& self = *static_cast<DefaultMetadata*>(data);
  if (subject != PW_ID_CORE) return 0;
  if (key == nullptr) {  // everything was cleared
    self.changed_(kEffectiveDefault, {});
    self.changed_(kConfiguredDefault, {});
  } else {
    self.changed_(key, name_of(value));
  }
  return 0;
}

}  // namespace earthshine
