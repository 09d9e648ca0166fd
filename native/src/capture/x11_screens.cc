#include "capture/x11_screens.h"

#include <xcb/randr.h>

#include <algorithm>

namespace earthshine {
namespace {

std::string atom_name(xcb_connection_t* connection, xcb_atom_t atom) {
  const X11Reply<xcb_get_atom_name_reply_t> reply(
      xcb_get_atom_name_reply(connection, xcb_get_atom_name(connection, atom), nullptr));
  if (!reply) return {};
  return {xcb_get_atom_name_name(reply.get()),
          static_cast<std::size_t>(xcb_get_atom_name_name_length(reply.get()))};
}

bool has_monitors(xcb_connection_t* connection) {
  const auto* extension = xcb_get_extension_data(connection, &xcb_randr_id);
  if (extension == nullptr || extension->present == 0) return false;
  const X11Reply<xcb_randr_query_version_reply_t> version(xcb_randr_query_version_reply(
      connection, xcb_randr_query_version(connection, 1, 5), nullptr));
  return version && (version->major_version > 1 || version->minor_version >= 5);
}

}  // namespace

Result<std::vector<X11Screen>> x11_screens(const X11Connection& x11) {
  xcb_connection_t* connection = x11.get();
  const X11Reply<xcb_get_geometry_reply_t> root(
      xcb_get_geometry_reply(connection, xcb_get_geometry(connection, x11.root()), nullptr));
  if (!root) return x11.lost();

  std::vector<X11Screen> screens;
  if (has_monitors(connection)) {
    // Not only the active ones: a part of a wide screen is a monitor without an output of its own.
    const X11Reply<xcb_randr_get_monitors_reply_t> monitors(xcb_randr_get_monitors_reply(
        connection, xcb_randr_get_monitors(connection, x11.root(), 0), nullptr));
    if (monitors) {
      for (auto each = xcb_randr_get_monitors_monitors_iterator(monitors.get()); each.rem > 0;
           xcb_randr_monitor_info_next(&each)) {
        SourceArea area{.x = std::clamp<int>(each.data->x, 0, root->width),
                        .y = std::clamp<int>(each.data->y, 0, root->height),
                        .desktop_width = root->width,
                        .desktop_height = root->height};
        area.width = std::min<int>(each.data->x + each.data->width, root->width) - area.x;
        area.height = std::min<int>(each.data->y + each.data->height, root->height) - area.y;
        if (area.width <= 0 || area.height <= 0) continue;
        screens.push_back({atom_name(connection, each.data->name), area, each.data->primary != 0});
      }
    }
  }
  if (screens.empty()) {
    screens.push_back({"", {0, 0, root->width, root->height, root->width, root->height}, true});
  }
  return screens;
}

std::optional<X11Screen> choose_screen(const std::vector<X11Screen>& screens,
                                       const std::string& name) {
  const auto wanted = std::find_if(screens.begin(), screens.end(), [&](const X11Screen& screen) {
    return name.empty() ? screen.primary : screen.name == name;
  });
  if (wanted != screens.end()) return *wanted;
  if (name.empty() && !screens.empty()) return screens.front();
  return std::nullopt;
}

}  // namespace earthshine
