#pragma once

#include <array>
#include <memory>
#include <optional>

#include "capture/source.h"
#include "capture/wayland/capture.h"
#include "capture/wayland/connection.h"
#include "capture/wayland/shm_picture.h"
#include "capture/wayland_options.h"

namespace earthshine {

/// An output of a Wayland compositor, which puts its pictures into our memory whenever something
/// changes. An output that changes its size is followed.
class WaylandSource final : public Source {
 public:
  /// Waits for the first picture, at most 5 s.
  static Result<std::unique_ptr<Source>> open(const WaylandSourceOptions& options);
  ~WaylandSource() override;

  [[nodiscard]] int descriptor() const override { return connection_->descriptor(); }
  Result<SourceChange> poll() override;
  Result<Grab> grab() override;

 private:
  WaylandSource(const WaylandSourceOptions& options, std::unique_ptr<WaylandConnection> connection)
      : options_(options), connection_(std::move(connection)) {}

  Result<bool> begin();
  ShmPicture* buffer(const ShmFormat& format);
  void ready(const CapturedPicture& picture);
  /// Asks for the next picture.
  void ask();
  Result<bool> take_events(Nanoseconds patience);

  const WaylandSourceOptions options_;
  std::unique_ptr<WaylandConnection> connection_;
  // One that is shown, one that waits, one that is being filled.
  std::array<std::unique_ptr<ShmPicture>, 3> buffers_;
  static constexpr std::size_t kNone = 3;
  std::size_t shown_ = kNone, newest_ = kNone, filling_ = kNone;
  BgrxView shown_view_, newest_view_;
  Damage damage_ = Damage::everything();
  SourceChange change_;
  Nanoseconds made_ = 0;
  /// one behind the other
  int failures_ = 0;
  bool again_ = false, stopped_ = false;
  /// of the output's mode when a picture was asked for last
  int mode_width_ = 0, mode_height_ = 0;
  Nanoseconds again_at_ = 0;
  std::string fault_;
  std::unique_ptr<WaylandCapture> capture_;
};

}  // namespace earthshine
