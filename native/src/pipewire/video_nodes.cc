#include "pipewire/video_nodes.h"

#include <charconv>
#include <future>
#include <map>
#include <string_view>
#include <utility>

#include "pipewire/server_link.h"

namespace earthshine {

namespace {

std::int64_t number(std::string_view text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

Result<std::vector<VideoNode>> video_nodes(std::chrono::milliseconds patience) {
  struct Listed {
    VideoNode node;
    std::int64_t client;
  };
  std::vector<Listed> nodes;
  std::map<std::int64_t, std::int64_t> processes;  // by client
  std::promise<Result<bool>> done;
  bool answered = false;
  const auto answer = [&](Result<bool> result) {
    if (!std::exchange(answered, true)) done.set_value(std::move(result));
  };
  ServerLink link(
      "video nodes", false,
      {.listed = [&] { answer(true); },
       .lost = [&](const std::string& reason) { answer(Fault{reason}); },
       .added =
           [&](const ServerObject& object) {
             if (object.type == PW_TYPE_INTERFACE_Client) {
               processes[object.id] = number(object.property("pipewire.sec.pid"));
             } else if (object.type == PW_TYPE_INTERFACE_Node &&
                        object.property(PW_KEY_MEDIA_CLASS) == "Video/Source") {
               nodes.push_back({{.serial = std::string(object.property(PW_KEY_OBJECT_SERIAL)),
                                 .name = std::string(object.property(PW_KEY_NODE_NAME))},
                                number(object.property(PW_KEY_CLIENT_ID))});
             }
           },
       .removed = {},
       .tick = {},
       .ending = {}});
  auto ready = done.get_future();
  if (auto started = link.start(); !started) return started.fault();
  const bool in_time = ready.wait_for(patience) == std::future_status::ready;
  link.close();
  if (!in_time) return Fault{"The PipeWire server does not answer."};
  if (auto result = ready.get(); !result) return result.fault();
  std::vector<VideoNode> found;
  for (auto& [node, client] : nodes) {
    node.process = processes[client];
    found.push_back(std::move(node));
  }
  return found;
}

}  // namespace earthshine
