#pragma once

#include <string>

namespace earthshine {

/// An output of a Wayland compositor that lets its clients capture outputs
/// (ext-image-copy-capture or wlr-screencopy).
struct WaylandSourceOptions {
  /// the compositor's socket: a name in XDG_RUNTIME_DIR, or a path
  std::string display;
  /// the output's name, as the compositor tells it
  std::string output;
  /// the compositor draws it into the picture
  bool cursor = true;
};

}  // namespace earthshine
