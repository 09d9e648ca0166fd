#include <algorithm>
#include <limits>
#include <utility>

#include "capture/told_time.h"
#include "capture/wayland/capture.h"

namespace earthshine {
namespace {

class Screencopy final : public WaylandCapture {
 public:
  Screencopy(const WaylandConnection& connection, wl_output* output, bool cursor, Events events)
      : manager_(connection.screencopy()),
        output_(output),
        cursor_(cursor),
        events_(std::move(events)) {}
  ~Screencopy() override { drop(); }
  Screencopy(const Screencopy&) = delete;
  Screencopy& operator=(const Screencopy&) = delete;

  void capture() override {
    if (frame_ != nullptr) return;
    format_ = {};
    picture_ = {};
    frame_ = zwlr_screencopy_manager_v1_capture_output(manager_, cursor_ ? 1 : 0, output_);
    zwlr_screencopy_frame_v1_add_listener(frame_, &kFrame, this);
  }
  void cancel() override { drop(); }

 private:
  static Screencopy& self(void* data) { return *static_cast<Screencopy*>(data); }

  void drop() {
    if (frame_ != nullptr) zwlr_screencopy_frame_v1_destroy(frame_);
    frame_ = nullptr;
  }
  void copy() {
    ShmPicture* picture = events_.buffer(format_);
    if (picture == nullptr) {
      drop();
      events_.failed();
    } else if (zwlr_screencopy_frame_v1_get_version(frame_) >= 2) {
      zwlr_screencopy_frame_v1_copy_with_damage(frame_, picture->buffer());
    } else {
      zwlr_screencopy_frame_v1_copy(frame_, picture->buffer());
      picture_.damage.add_everything();
    }
  }

  static void buffer(void* data, zwlr_screencopy_frame_v1* frame, std::uint32_t format,
                     std::uint32_t width, std::uint32_t height, std::uint32_t stride) noexcept {
    const auto number = [](std::uint32_t value) {
      return static_cast<int>(
          std::min<std::uint32_t>(value, std::numeric_limits<std::int32_t>::max()));
    };
    self(data).format_ = {number(width), number(height), number(stride), format};
    if (zwlr_screencopy_frame_v1_get_version(frame) < 3) self(data).copy();
  }
  static void flags(void* data, zwlr_screencopy_frame_v1*, std::uint32_t flags) noexcept {
    self(data).picture_.inverted = (flags & ZWLR_SCREENCOPY_FRAME_V1_FLAGS_Y_INVERT) != 0;
  }
  static void ready(void* data, zwlr_screencopy_frame_v1*, std::uint32_t high, std::uint32_t low,
                    std::uint32_t nanoseconds) noexcept {
    self(data).drop();
    self(data).picture_.time = wayland_time(high, low, nanoseconds);
    self(data).events_.ready(self(data).picture_);
  }
  static void failed(void* data, zwlr_screencopy_frame_v1*) noexcept {
    self(data).drop();
    self(data).events_.failed();
  }
  static void damage(void* data, zwlr_screencopy_frame_v1*, std::uint32_t x, std::uint32_t y,
                     std::uint32_t width, std::uint32_t height) noexcept {
    const auto number = [](std::uint32_t value) {
      return static_cast<int>(std::min<std::uint32_t>(value, 1U << 20));
    };
    const Rectangle area{number(x), number(y), number(width), number(height)};
    self(data).picture_.damage.add(area);
  }
  static void device(void*, zwlr_screencopy_frame_v1*, std::uint32_t, std::uint32_t,
                     std::uint32_t) noexcept {}
  static void buffer_done(void* data, zwlr_screencopy_frame_v1*) noexcept { self(data).copy(); }

  static constexpr zwlr_screencopy_frame_v1_listener kFrame{buffer, flags,  ready,      failed,
                                                            damage, device, buffer_done};

  zwlr_screencopy_manager_v1* manager_;
  wl_output* output_;
  const bool cursor_;
  const Events events_;
  zwlr_screencopy_frame_v1* frame_ = nullptr;
  ShmFormat format_;
  CapturedPicture picture_;
};

}  // namespace

std::unique_ptr<WaylandCapture> screencopy_capture(const WaylandConnection& connection,
                                                   wl_output* output, bool cursor,
                                                   WaylandCapture::Events events) {
  return std::make_unique<Screencopy>(connection, output, cursor, std::move(events));
}

Nanoseconds wayland_time(std::uint32_t seconds_high, std::uint32_t seconds_low,
                         std::uint32_t nanoseconds) {
  constexpr Nanoseconds kSecond = 1'000'000'000;
  // More seconds than this are of no clock that runs here.
  if (seconds_high != 0) return now();
  return told_time(static_cast<Nanoseconds>(seconds_low) * kSecond + nanoseconds, now());
}

}  // namespace earthshine
