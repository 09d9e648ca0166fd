#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/wake_event.h"
#include "capture/cursor_overlay.h"
#include "capture/pipewire/options.h"
#include "capture/pipewire/stream.h"
#include "capture/source.h"

namespace earthshine {

/// A video node of PipeWire: a screen or a window that a Wayland desktop hands out. Pictures are
/// read where the producer put them; the newest one is kept until a newer one is there, and the
/// last one when the producer is gone.
class PipewireSource final : public Source {
 public:
  /// Waits for the first picture, at most 5 s.
  ///
  /// @param remote a connection for the source, -1: to the user's server; the options' own is not
  ///   looked at
  /// @param name the name that the node had before, empty at first; set to what it is
  /// @param abandoned once it is set, nothing is waited for
  static Result<std::unique_ptr<Source>> open(const PipewireSourceOptions& options, int remote,
                                              std::string& name,
                                              const WakeEvent* abandoned = nullptr);

  [[nodiscard]] int descriptor() const override;
  Result<SourceChange> poll() override;
  /// The view stays valid until the next grab, over calls of poll() and over the stream's end.
  Result<Grab> grab() override;

 private:
  explicit PipewireSource(std::unique_ptr<PipewireStream> stream) : stream_(std::move(stream)) {}

  Result<bool> wait_for_picture(const WakeEvent* abandoned);
  /// Takes the newest picture and what is known of the cursor.
  void take_picture();

  std::unique_ptr<PipewireStream> stream_;
  CursorOverlay cursor_;
  /// of the picture, without the cursor
  BgrxView view_;
  /// of `view_` since the last grab
  Damage damage_;
  /// not told yet
  std::optional<SourceArea> area_;
};

/// Opens the same node again and again, for a ReopeningSource.
class PipewireOpener {
 public:
  explicit PipewireOpener(PipewireSourceOptions options) : options_(std::move(options)) {}
  Result<std::unique_ptr<Source>> operator()();
  /// Ends the waits of all copies of this opener.
  [[nodiscard]] std::function<void()> abandon() const {
    return [abandoned = abandoned_] { abandoned->set(); };
  }

 private:
  PipewireSourceOptions options_;
  bool used_ = false;
  std::string name_;
  std::shared_ptr<WakeEvent> abandoned_ = std::make_shared<WakeEvent>();
};

}  // namespace earthshine
