#pragma once

#include <optional>
#include <string>
#include <vector>

#include "capture/source.h"
#include "capture/x11_connection.h"

namespace earthshine {

/// A RandR monitor: a rectangle of the root window with a name.
struct X11Screen {
  std::string name;
  SourceArea area;
  bool primary = false;
};

/// The monitors in the server's order, cut to the root window as it is now; the whole root window
/// (without a name) where there is no RandR 1.5 or no monitor.
Result<std::vector<X11Screen>> x11_screens(const X11Connection& connection);

/// The monitor of that name; without a name the only one, else the primary, else the first.
/// Nothing when no monitor has the name.
std::optional<X11Screen> choose_screen(const std::vector<X11Screen>& screens,
                                       const std::string& name);

}  // namespace earthshine
