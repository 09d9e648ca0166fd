#include <vector>

#include "addon/promised_task.h"
#include "addon/registration.h"
#include "pipewire/video_nodes.h"

namespace earthshine::addon {

namespace {

Napi::Value to_js(Napi::Env env, std::vector<VideoNode>& nodes) {
  auto array = Napi::Array::New(env, nodes.size());
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    auto node = Napi::Object::New(env);
    node.Set("serial", nodes[i].serial);
    node.Set("name", nodes[i].name);
    node.Set("process", static_cast<double>(nodes[i].process));
    array.Set(static_cast<std::uint32_t>(i), node);
  }
  return array;
}

Napi::Value list_video_nodes(const Napi::CallbackInfo& info) {
  using Nodes = std::vector<VideoNode>;
  return PromisedTask<Nodes>::run(
      info.Env(), "listVideoNodes", [] { return video_nodes(); },
      [](Napi::Env env, Nodes& nodes) { return to_js(env, nodes); });
}

}  // namespace

void register_desktop(Napi::Env env, Napi::Object exports) {
  exports.Set("listVideoNodes", Napi::Function::New(env, list_video_nodes, "listVideoNodes"));
}

}  // namespace earthshine::addon
