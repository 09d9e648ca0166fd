#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "capture/wayland/connection.h"
#include "capture/wayland/shm_picture.h"
#include "convert/damage.h"

namespace earthshine {

/// A picture that the compositor has put into the buffer it was given.
struct CapturedPicture {
  Damage damage;
  /// 0 where it is not told
  Nanoseconds time = 0;
  bool inverted = false;
};

/// One way of having an output captured. At most one capture is under way.
class WaylandCapture {
 public:
  struct Events {
    /// A buffer of this kind is wanted for the capture that was asked for; null: none can be had.
    std::function<ShmPicture*(const ShmFormat&)> buffer;
    std::function<void(const CapturedPicture&)> ready;
    /// the capture came to nothing; another may work
    std::function<void()> failed;
    /// no capture works any more
    std::function<void()> stopped;
  };

  virtual ~WaylandCapture() = default;
  /// Asks for the next picture that differs from the last; the first one comes at once.
  virtual void capture() = 0;
  /// Gives up the capture that is under way.
  virtual void cancel() = 0;
};

/// ext-image-copy-capture: the compositor writes only what changed.
std::unique_ptr<WaylandCapture> image_copy_capture(const WaylandConnection& connection,
                                                   wl_output* output, bool cursor,
                                                   WaylandCapture::Events events);
/// wlr-screencopy, which wlroots had before.
std::unique_ptr<WaylandCapture> screencopy_capture(const WaylandConnection& connection,
                                                   wl_output* output, bool cursor,
                                                   WaylandCapture::Events events);

/// When a picture that has just come was made (told_time), of three numbers as both protocols tell
/// it.
Nanoseconds wayland_time(std::uint32_t seconds_high, std::uint32_t seconds_low,
                         std::uint32_t nanoseconds);

}  // namespace earthshine
