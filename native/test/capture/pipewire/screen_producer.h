#pragma once

#include <pipewire/pipewire.h>
#include <spa/param/video/raw.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "capture/cursor_image.h"
#include "convert/rectangle.h"

namespace earthshine::test {

struct ScreenProducerOptions {
  std::string name = "test-screen";
  int width = 320, height = 200;
  /// enum spa_video_format
  std::uint32_t format = SPA_VIDEO_FORMAT_BGRx;
  /// takes no maxFramerate of 0/1, as xdg-desktop-portal-wlr
  bool refuses_zero_rate = false;
  /// knows no maxFramerate at all, as gamescope
  bool knows_no_limit = false;
  /// takes whatever size is asked for, as Mutter's virtual monitors
  bool any_size = false;
  /// only buffers of a device, with a linear modifier; the memory is a memfd all the same
  bool device = false;
  /// bytes that a row is longer than its pixels
  int padding = 0;
  int most_buffers = 4;
};

/// What a buffer says beside its pixels.
struct SentPicture {
  /// nanoseconds; absent: -1, as gamescope
  std::optional<std::int64_t> time{};
  std::vector<Rectangle> damage{};
  std::optional<Rectangle> crop{};
  bool corrupted = false;
  /// sent whether or not the reader is done with the one before; PipeWire may then drop either
  bool hasty = false;
  /// SPA_META_Header's; absent: the next one
  std::optional<std::uint64_t> sequence{};
  /// of the chunk; absent: as is right
  std::optional<std::uint32_t> size{}, offset{};
  std::optional<std::int32_t> stride{};
  /// where the cursor is; absent: there is none
  struct Pointer {
    int x, y;
    std::optional<CursorImage> image;
  };
  std::optional<Pointer> pointer{};
};

/// A compositor as far as PipeWire sees it: a video node that drives its graph, allocates its own
/// buffers, and says of each what the test wants.
class ScreenProducer {
 public:
  explicit ScreenProducer(ScreenProducerOptions options = {});
  ~ScreenProducer();
  ScreenProducer(const ScreenProducer&) = delete;
  ScreenProducer& operator=(const ScreenProducer&) = delete;

  [[nodiscard]] std::uint32_t id() const { return id_; }
  [[nodiscard]] const std::string& serial() const { return serial_; }
  /// A reader is connected and pictures can be sent.
  bool wait_for_reader(int milliseconds = 10'000);
  /// Pixels of a rectangle, in the pictures that are sent from now on.
  void fill(const Rectangle& area, std::uint32_t color);
  /// Sends the picture; false when no buffer was free for this long.
  bool send(const SentPicture& sent = {}, int milliseconds = 3'000);
  /// Another size, as when a monitor changes its mode.
  void resize(int width, int height);
  /// Ends the node.
  void stop();
  /// What was agreed on.
  [[nodiscard]] spa_fraction limit() const { return limit_; }
  [[nodiscard]] int buffers() const { return static_cast<int>(memory_.size()); }

 private:
  struct Memory {
    int descriptor;
    std::uint8_t* bytes;
    std::size_t size;
  };
  struct Callbacks;

  void begin();
  void offer();
  void format_changed(const spa_pod* format);
  void allocate(pw_buffer* buffer);
  void release(pw_buffer* buffer);
  void write(pw_buffer& buffer, const SentPicture& sent);

  ScreenProducerOptions options_;
  int width_, height_;
  std::vector<std::uint32_t> canvas_;
  pw_thread_loop* loop_ = nullptr;
  pw_context* context_ = nullptr;
  pw_core* core_ = nullptr;
  pw_registry* registry_ = nullptr;
  pw_stream* stream_ = nullptr;
  spa_hook listener_{}, registry_listener_{};
  std::uint32_t id_ = SPA_ID_INVALID;
  std::string serial_;
  std::map<std::uint32_t, std::string> serials_;
  std::map<pw_buffer*, Memory> memory_;
  std::atomic<bool> streaming_ = false, busy_ = false, resizing_ = false;
  spa_fraction limit_{};
  std::uint64_t sequence_ = 0;
};

}  // namespace earthshine::test
