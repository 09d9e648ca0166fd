#pragma once

#include <string>
#include <variant>
#include <vector>

#include "capture/pipewire/options.h"
#include "capture/wayland_options.h"

namespace earthshine {

/// Moving stripes and figures, drawn by the host itself.
struct TestPatternOptions {
  /// for streams in HDR10
  bool hdr = false;
};

/// A monitor of an X server.
struct X11SourceOptions {
  std::string display;
  /// RandR monitor name; empty: the only one, else the primary one
  std::string screen;
  bool cursor = true;
};

/// A picture that stands still and says something, drawn by the host itself.
struct CardOptions {
  /// printable ASCII; the first one is the heading
  std::vector<std::string> lines;
};

/// What is to be captured, and what the picture is for. Another kind of source is one more
/// alternative here, one more `open` in open_source.cc, and one more kind in the addon's options.
struct SourceOptions {
  std::variant<TestPatternOptions, CardOptions, X11SourceOptions, PipewireSourceOptions,
               WaylandSourceOptions>
      kind;
  /// The picture's size, for sources that draw one themselves. Even in both directions.
  int width = 0, height = 0;
  /// A source that is not there yet is waited for, with a picture that says so.
  bool await = false;
};

}  // namespace earthshine
