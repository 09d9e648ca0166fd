#include <algorithm>
#include <limits>
#include <utility>

#include "capture/wayland/capture.h"

namespace earthshine {
namespace {

class ImageCopy final : public WaylandCapture {
 public:
  ImageCopy(const WaylandConnection& connection, wl_output* output, bool cursor, Events events)
      : events_(std::move(events)) {
    ext_image_capture_source_v1* source = ext_output_image_capture_source_manager_v1_create_source(
        connection.source_manager(), output);
    session_ = ext_image_copy_capture_manager_v1_create_session(
        connection.copy_manager(), source,
        cursor ? EXT_IMAGE_COPY_CAPTURE_MANAGER_V1_OPTIONS_PAINT_CURSORS : 0);
    ext_image_capture_source_v1_destroy(source);
    ext_image_copy_capture_session_v1_add_listener(session_, &kSession, this);
  }
  ~ImageCopy() override {
    drop();
    ext_image_copy_capture_session_v1_destroy(session_);
  }
  ImageCopy(const ImageCopy&) = delete;
  ImageCopy& operator=(const ImageCopy&) = delete;

  void capture() override {
    wanted_ = true;
    begin();
  }
  void cancel() override { drop(); }

 private:
  static ImageCopy& self(void* data) { return *static_cast<ImageCopy*>(data); }

  void drop() {
    if (frame_ != nullptr) ext_image_copy_capture_frame_v1_destroy(frame_);
    frame_ = nullptr;
  }
  void begin() {
    if (!wanted_ || !known_ || frame_ != nullptr) return;
    ShmPicture* buffer = events_.buffer(format_);
    wanted_ = false;
    if (buffer == nullptr) {
      events_.failed();
      return;
    }
    picture_ = {};
    frame_ = ext_image_copy_capture_session_v1_create_frame(session_);
    ext_image_copy_capture_frame_v1_add_listener(frame_, &kFrame, this);
    ext_image_copy_capture_frame_v1_attach_buffer(frame_, buffer->buffer());
    const auto stale = [&](const Rectangle& area) {
      const Rectangle inside = intersection(area, {0, 0, format_.width, format_.height});
      if (inside.empty()) return;
      ext_image_copy_capture_frame_v1_damage_buffer(frame_, inside.x, inside.y, inside.width,
                                                    inside.height);
    };
    if (buffer->stale.is_everything()) {
      stale({0, 0, format_.width, format_.height});
    } else {
      for (const Rectangle& area : buffer->stale.rectangles()) stale(area);
    }
    ext_image_copy_capture_frame_v1_capture(frame_);
  }

  static void buffer_size(void* data, ext_image_copy_capture_session_v1*, std::uint32_t width,
                          std::uint32_t height) noexcept {
    const auto number = [](std::uint32_t value) {
      return static_cast<int>(std::min<std::uint32_t>(value, 1U << 20));
    };
    self(data).told_.width = number(width);
    self(data).told_.height = number(height);
    self(data).told_.stride = 4 * number(width);
  }
  static void shm_format(void* data, ext_image_copy_capture_session_v1*,
                         std::uint32_t format) noexcept {
    auto& self = ImageCopy::self(data);
    if (!std::exchange(self.format_told_, true) || !order_of(self.told_.format)) {
      self.told_.format = format;
    }
  }
  static void device(void*, ext_image_copy_capture_session_v1*, wl_array*) noexcept {}
  static void device_format(void*, ext_image_copy_capture_session_v1*, std::uint32_t,
                            wl_array*) noexcept {}
  static void done(void* data, ext_image_copy_capture_session_v1*) noexcept {
    self(data).format_ = self(data).told_;
    self(data).format_told_ = false;
    self(data).known_ = true;
    self(data).begin();
  }
  static void stopped(void* data, ext_image_copy_capture_session_v1*) noexcept {
    self(data).events_.stopped();
  }

  static void transform(void*, ext_image_copy_capture_frame_v1*, std::uint32_t) noexcept {}
  static void damage(void* data, ext_image_copy_capture_frame_v1*, std::int32_t x, std::int32_t y,
                     std::int32_t width, std::int32_t height) noexcept {
    const auto number = [](std::int32_t value) { return std::clamp(value, 0, 1 << 20); };
    self(data).picture_.damage.add({number(x), number(y), number(width), number(height)});
  }
  static void presentation_time(void* data, ext_image_copy_capture_frame_v1*, std::uint32_t high,
                                std::uint32_t low, std::uint32_t nanoseconds) noexcept {
    self(data).picture_.time = wayland_time(high, low, nanoseconds);
  }
  static void ready(void* data, ext_image_copy_capture_frame_v1*) noexcept {
    self(data).drop();
    self(data).events_.ready(self(data).picture_);
  }
  static void failed(void* data, ext_image_copy_capture_frame_v1*, std::uint32_t reason) noexcept {
    self(data).drop();
    if (reason == EXT_IMAGE_COPY_CAPTURE_FRAME_V1_FAILURE_REASON_STOPPED) {
      self(data).events_.stopped();
    } else {
      self(data).events_.failed();
    }
  }

  static constexpr ext_image_copy_capture_session_v1_listener kSession{
      buffer_size, shm_format, device, device_format, done, stopped};
  static constexpr ext_image_copy_capture_frame_v1_listener kFrame{
      transform, damage, presentation_time, ready, failed};

  const Events events_;
  ext_image_copy_capture_session_v1* session_ = nullptr;
  ext_image_copy_capture_frame_v1* frame_ = nullptr;
  /// what is being told, and what holds
  ShmFormat told_, format_;
  bool format_told_ = false, known_ = false, wanted_ = false;
  CapturedPicture picture_;
};

}  // namespace

std::unique_ptr<WaylandCapture> image_copy_capture(const WaylandConnection& connection,
                                                   wl_output* output, bool cursor,
                                                   WaylandCapture::Events events) {
  return std::make_unique<ImageCopy>(connection, output, cursor, std::move(events));
}

}  // namespace earthshine
