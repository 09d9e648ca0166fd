#include "capture/open_source.h"

#include <string>
#include <utility>

#include "capture/card.h"
#include "capture/pipewire/source.h"
#include "capture/reopening_source.h"
#include "capture/test_pattern.h"
#include "capture/waiting_picture.h"
#include "capture/x11_source.h"

#ifdef EARTHSHINE_HAS_WAYLAND
#include "capture/wayland/source.h"
#endif

namespace earthshine {
namespace {

using Opened = Result<std::unique_ptr<Source>>;

/// `name` begins a sentence.
Opened open_again_when_gone(std::string name, ReopeningSource::Open open,
                            const SourceOptions& options, ReopeningSource::Abandon abandon = {}) {
  if (!options.await) {
    return ReopeningSource::open(std::move(name), std::move(open), {}, std::move(abandon));
  }
  return ReopeningSource::await(std::move(name), std::move(open),
                                waiting_picture(options.width, options.height), {},
                                std::move(abandon));
}

Opened open(const TestPatternOptions& pattern, const SourceOptions& options) {
  return std::unique_ptr<Source>(
      std::make_unique<TestPatternSource>(options.width, options.height, pattern.hdr));
}

Opened open(const CardOptions& card, const SourceOptions& options) {
  return std::unique_ptr<Source>(
      std::make_unique<CardSource>(options.width, options.height, card.lines));
}

Opened open(const X11SourceOptions& x11, const SourceOptions& options) {
  return open_again_when_gone(
      "The X server " + x11.display, [x11] { return X11Source::open(x11); }, options);
}

Opened open(const PipewireSourceOptions& pipewire, const SourceOptions& options) {
  PipewireOpener opener(pipewire);
  const auto abandon = opener.abandon();
  return open_again_when_gone(
      "The desktop's screen", [opener = std::move(opener)]() mutable { return opener(); }, options,
      abandon);
}

Opened open(const WaylandSourceOptions& wayland, const SourceOptions& options) {
#ifdef EARTHSHINE_HAS_WAYLAND
  return open_again_when_gone(
      "The compositor " + wayland.display, [wayland] { return WaylandSource::open(wayland); },
      options);
#else
  return Fault{"This build of Earthshine cannot capture outputs of Wayland compositors."};
#endif
}

}  // namespace

Result<std::unique_ptr<Source>> open_source(const SourceOptions& options) {
  return std::visit([&](const auto& kind) { return open(kind, options); }, options.kind);
}

}  // namespace earthshine
