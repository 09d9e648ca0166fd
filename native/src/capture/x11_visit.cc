#include "capture/x11_visit.h"

#include <cstdlib>
#include <map>
#include <mutex>
#include <utility>

namespace earthshine {

namespace {

using Shared = std::shared_ptr<X11Connection>;

struct Visits {
  std::mutex mutex;
  std::map<std::string, Shared> connections;
};

/// Never taken down: threads may still ask while the process ends.
Visits& visits() {
  static auto& kept = *new Visits;
  return kept;
}

/// Nobody else reads what the server tells everybody, and reading finds the end of a server.
bool lives(const X11Connection& connection) {
  while (xcb_generic_event_t* event = xcb_poll_for_event(connection.get())) std::free(event);
  return connection.alive();
}

}  // namespace

Result<std::shared_ptr<X11Connection>> visit_x11(const std::string& display) {
  auto& [mutex, connections] = visits();
  {
    const std::lock_guard lock(mutex);
    const auto known = connections.find(display);
    if (known != connections.end() && lives(*known->second)) return known->second;
  }
  auto opened = X11Connection::open(display);
  const std::lock_guard lock(mutex);
  if (!opened) {
    connections.erase(display);
    return opened.fault();
  }
  return connections[display] = Shared(std::move(opened.value()));
}

}  // namespace earthshine
