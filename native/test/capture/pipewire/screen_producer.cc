#include "capture/pipewire/screen_producer.h"

#include <doctest/doctest.h>
#include <spa/param/video/format-utils.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <mutex>

#include "base/clock.h"

namespace earthshine::test {
namespace {

constexpr Nanoseconds kMillisecond = 1'000'000;
constexpr std::size_t kCursorBytes = 4UL * 256 * 256;

/// The four bytes of a pixel in this format.
std::uint32_t in_format(std::uint32_t color, std::uint32_t format) {
  const std::uint32_t red = color >> 16 & 255, green = color >> 8 & 255, blue = color & 255;
  switch (format) {
    case SPA_VIDEO_FORMAT_RGBx:
    case SPA_VIDEO_FORMAT_RGBA:
      return red | green << 8 | blue << 16 | 0x77000000;
    case SPA_VIDEO_FORMAT_xRGB:
    case SPA_VIDEO_FORMAT_ARGB:
      return 0x77 | red << 8 | green << 16 | blue << 24;
    case SPA_VIDEO_FORMAT_xBGR:
    case SPA_VIDEO_FORMAT_ABGR:
      return 0x77 | blue << 8 | green << 16 | red << 24;
    default:
      return color | 0x77000000;
  }
}

class Locked {
 public:
  explicit Locked(pw_thread_loop* loop) : loop_(loop) { pw_thread_loop_lock(loop_); }
  ~Locked() { pw_thread_loop_unlock(loop_); }
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;

 private:
  pw_thread_loop* loop_;
};

}  // namespace

struct ScreenProducer::Callbacks {
  static ScreenProducer& self(void* data) { return *static_cast<ScreenProducer*>(data); }
  static void state(void* data, pw_stream_state, pw_stream_state state, const char* e) {
    self(data).streaming_ = state == PW_STREAM_STATE_STREAMING;
    self(data).busy_ = false;
  }
  static void param(void* data, std::uint32_t id, const spa_pod* param) {
    if (id == SPA_PARAM_Format && param != nullptr) self(data).format_changed(param);
  }
  static void add_buffer(void* data, pw_buffer* buffer) { self(data).allocate(buffer); }
  static void remove_buffer(void* data, pw_buffer* buffer) { self(data).release(buffer); }
  static void done(void* data) { self(data).busy_ = false; }
  static void global(void* data, std::uint32_t id, std::uint32_t, const char* type, std::uint32_t,
                     const spa_dict* properties) {
    if (std::strcmp(type, PW_TYPE_INTERFACE_Node) != 0) return;
    const char* serial = spa_dict_lookup(properties, PW_KEY_OBJECT_SERIAL);
    if (serial != nullptr) self(data).serials_[id] = serial;
  }
  static constexpr pw_stream_events kStream = [] {
    pw_stream_events events{};
    events.version = PW_VERSION_STREAM_EVENTS;
    events.state_changed = state;
    events.param_changed = param;
    events.add_buffer = add_buffer;
    events.remove_buffer = remove_buffer;
    events.trigger_done = done;
    return events;
  }();
  static constexpr pw_registry_events kRegistry = [] {
    pw_registry_events events{};
    events.version = PW_VERSION_REGISTRY_EVENTS;
    events.global = global;
    return events;
  }();
};

ScreenProducer::ScreenProducer(ScreenProducerOptions options)
    : options_(std::move(options)), width_(options_.width), height_(options_.height) {
  static std::once_flag once;
  std::call_once(once, [] { pw_init(nullptr, nullptr); });
  canvas_.resize(static_cast<std::size_t>(width_) * height_);
  loop_ = pw_thread_loop_new("producer", nullptr);
  REQUIRE(loop_ != nullptr);
  pw_thread_loop_start(loop_);
  {
    const Locked locked(loop_);
    begin();
  }
  const Nanoseconds end = now() + 10'000 * kMillisecond;
  while (now() < end && serial_.empty()) {
    usleep(1000);
    const Locked locked(loop_);
    id_ = pw_stream_get_node_id(stream_);
    if (serials_.contains(id_)) serial_ = serials_[id_];
  }
  REQUIRE_FALSE(serial_.empty());
}

ScreenProducer::~ScreenProducer() {
  stop();
  pw_thread_loop_stop(loop_);
  pw_thread_loop_destroy(loop_);
}

void ScreenProducer::begin() {
  context_ = pw_context_new(pw_thread_loop_get_loop(loop_), nullptr, 0);
  core_ = pw_context_connect(context_, nullptr, 0);
  REQUIRE(core_ != nullptr);
  registry_ = pw_core_get_registry(core_, PW_VERSION_REGISTRY, 0);
  pw_registry_add_listener(registry_, &registry_listener_, &Callbacks::kRegistry, this);
  stream_ = pw_stream_new(core_, options_.name.c_str(),
                          pw_properties_new(PW_KEY_MEDIA_CLASS, "Video/Source", PW_KEY_NODE_NAME,
                                            options_.name.c_str(), nullptr));
  pw_stream_add_listener(stream_, &listener_, &Callbacks::kStream, this);
  offer();
}

void ScreenProducer::offer() {
  std::vector<std::uint8_t> memory(2048);
  spa_pod_builder builder{};
  spa_pod_builder_init(&builder, memory.data(), static_cast<std::uint32_t>(memory.size()));
  spa_pod_frame frame{};
  spa_pod_builder_push_object(&builder, &frame, SPA_TYPE_OBJECT_Format, SPA_PARAM_EnumFormat);
  spa_rectangle size{static_cast<std::uint32_t>(width_), static_cast<std::uint32_t>(height_)};
  spa_rectangle least{1, 1}, most{16'384, 16'384};
  spa_fraction variable{0, 1}, one{1, 1}, screen{120, 1};
  spa_pod_builder_add(&builder, SPA_FORMAT_mediaType, SPA_POD_Id(SPA_MEDIA_TYPE_video),
                      SPA_FORMAT_mediaSubtype, SPA_POD_Id(SPA_MEDIA_SUBTYPE_raw),
                      SPA_FORMAT_VIDEO_format, SPA_POD_Id(options_.format),
                      SPA_FORMAT_VIDEO_framerate, SPA_POD_Fraction(&variable), 0);
  if (options_.any_size) {
    spa_pod_builder_add(&builder, SPA_FORMAT_VIDEO_size,
                        SPA_POD_CHOICE_RANGE_Rectangle(&size, &least, &most), 0);
  } else {
    spa_pod_builder_add(&builder, SPA_FORMAT_VIDEO_size, SPA_POD_Rectangle(&size), 0);
  }
  if (!options_.knows_no_limit) {
    spa_fraction slowest = options_.refuses_zero_rate ? one : variable;
    spa_pod_builder_add(&builder, SPA_FORMAT_VIDEO_maxFramerate,
                        SPA_POD_CHOICE_RANGE_Fraction(&screen, &slowest, &screen), 0);
  }
  if (options_.device) {
    spa_pod_builder_prop(&builder, SPA_FORMAT_VIDEO_modifier, SPA_POD_PROP_FLAG_MANDATORY);
    spa_pod_builder_long(&builder, 0);
  }
  const spa_pod* format = static_cast<spa_pod*>(spa_pod_builder_pop(&builder, &frame));
  if (pw_stream_get_state(stream_, nullptr) != PW_STREAM_STATE_UNCONNECTED) {
    pw_stream_update_params(stream_, &format, 1);
    return;
  }
  pw_stream_connect(
      stream_, PW_DIRECTION_OUTPUT, PW_ID_ANY,
      static_cast<pw_stream_flags>(PW_STREAM_FLAG_DRIVER | PW_STREAM_FLAG_ALLOC_BUFFERS), &format,
      1);
}

void ScreenProducer::format_changed(const spa_pod* format) {
  spa_video_info_raw raw{};
  spa_format_video_raw_parse(format, &raw);
  limit_ = raw.max_framerate;
  if (static_cast<int>(raw.size.width) != width_ || static_cast<int>(raw.size.height) != height_) {
    width_ = static_cast<int>(raw.size.width);
    height_ = static_cast<int>(raw.size.height);
    canvas_.assign(static_cast<std::size_t>(width_) * height_, 0);
  }
  std::vector<std::uint8_t> memory(4096);
  spa_pod_builder builder{};
  spa_pod_builder_init(&builder, memory.data(), static_cast<std::uint32_t>(memory.size()));
  const int stride = 4 * width_ + options_.padding;
  const auto meta = [&](std::uint32_t type, std::size_t bytes) {
    return static_cast<const spa_pod*>(spa_pod_builder_add_object(
        &builder, SPA_TYPE_OBJECT_ParamMeta, SPA_PARAM_Meta, SPA_PARAM_META_type, SPA_POD_Id(type),
        SPA_PARAM_META_size, SPA_POD_Int(static_cast<int>(bytes))));
  };
  const spa_pod* parameters[] = {
      static_cast<const spa_pod*>(spa_pod_builder_add_object(
          &builder, SPA_TYPE_OBJECT_ParamBuffers, SPA_PARAM_Buffers, SPA_PARAM_BUFFERS_buffers,
          SPA_POD_CHOICE_RANGE_Int(std::min(4, options_.most_buffers), 2, options_.most_buffers),
          SPA_PARAM_BUFFERS_blocks, SPA_POD_Int(1), SPA_PARAM_BUFFERS_size,
          SPA_POD_Int(stride * height_), SPA_PARAM_BUFFERS_stride, SPA_POD_Int(stride),
          SPA_PARAM_BUFFERS_dataType,
          SPA_POD_CHOICE_FLAGS_Int(1 << (options_.device ? SPA_DATA_DmaBuf : SPA_DATA_MemFd)))),
      meta(SPA_META_Header, sizeof(spa_meta_header)),
      meta(SPA_META_VideoDamage, 4 * sizeof(spa_meta_region)),
      meta(SPA_META_VideoCrop, sizeof(spa_meta_region)),
      meta(SPA_META_Cursor, sizeof(spa_meta_cursor) + sizeof(spa_meta_bitmap) + kCursorBytes)};
  pw_stream_update_params(stream_, parameters, std::size(parameters));
}

void ScreenProducer::allocate(pw_buffer* buffer) {
  spa_data& data = buffer->buffer->datas[0];
  Memory memory{};
  memory.size = (4UL * width_ + options_.padding) * height_;
  memory.descriptor = memfd_create("picture", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  REQUIRE(ftruncate(memory.descriptor, static_cast<off_t>(memory.size)) == 0);
  memory.bytes = static_cast<std::uint8_t*>(
      mmap(nullptr, memory.size, PROT_READ | PROT_WRITE, MAP_SHARED, memory.descriptor, 0));
  data.type = options_.device ? SPA_DATA_DmaBuf : SPA_DATA_MemFd;
  data.flags = SPA_DATA_FLAG_READWRITE;
  data.fd = memory.descriptor;
  data.mapoffset = 0;
  data.maxsize = static_cast<std::uint32_t>(memory.size);
  data.data = nullptr;
  memory_[buffer] = memory;
  resizing_ = false;
}

void ScreenProducer::release(pw_buffer* buffer) {
  const auto found = memory_.find(buffer);
  if (found == memory_.end()) return;
  munmap(found->second.bytes, found->second.size);
  close(found->second.descriptor);
  memory_.erase(found);
}

bool ScreenProducer::wait_for_reader(int milliseconds) {
  const Nanoseconds end = now() + milliseconds * kMillisecond;
  while ((!streaming_ || resizing_) && now() < end) usleep(500);
  return streaming_ && !resizing_;
}

void ScreenProducer::fill(const Rectangle& area, std::uint32_t color) {
  const Locked locked(loop_);
  for (int y = area.y; y < area.bottom(); ++y) {
    std::fill_n(canvas_.begin() + static_cast<std::ptrdiff_t>(y) * width_ + area.x, area.width,
                color);
  }
}

bool ScreenProducer::send(const SentPicture& sent, int milliseconds) {
  const Nanoseconds end = now() + milliseconds * kMillisecond;
  while (now() < end) {
    {
      const Locked locked(loop_);
      const bool ready = streaming_ && !resizing_ && (sent.hasty || !busy_);
      pw_buffer* buffer = ready ? pw_stream_dequeue_buffer(stream_) : nullptr;
      if (buffer != nullptr) {
        write(*buffer, sent);
        pw_stream_queue_buffer(stream_, buffer);
        busy_ = true;
        pw_stream_trigger_process(stream_);
        return true;
      }
    }
    usleep(1000);
  }
  return false;
}

void ScreenProducer::write(pw_buffer& buffer, const SentPicture& sent) {
  const Memory& memory = memory_.at(&buffer);
  const int stride = 4 * width_ + options_.padding;
  for (int y = 0; y < height_; ++y) {
    for (int x = 0; x < width_; ++x) {
      const std::uint32_t pixel =
          in_format(canvas_[static_cast<std::size_t>(y) * width_ + x], options_.format);
      std::memcpy(memory.bytes + static_cast<std::size_t>(y) * stride + 4UL * x, &pixel, 4);
    }
  }
  spa_buffer* spa = buffer.buffer;
  spa_chunk& chunk = *spa->datas[0].chunk;
  chunk.offset = sent.offset.value_or(0);
  chunk.size = sent.size.value_or(static_cast<std::uint32_t>(stride * height_));
  chunk.stride = sent.stride.value_or(stride);
  chunk.flags = sent.corrupted ? SPA_CHUNK_FLAG_CORRUPTED : 0;
  if (auto* header = static_cast<spa_meta_header*>(
          spa_buffer_find_meta_data(spa, SPA_META_Header, sizeof(spa_meta_header)))) {
    header->flags = 0;
    header->pts = sent.time.value_or(-1);
    header->seq = sent.sequence.value_or(++sequence_);
  }
  if (spa_meta* damage = spa_buffer_find_meta(spa, SPA_META_VideoDamage)) {
    auto* region = static_cast<spa_meta_region*>(damage->data);
    const std::size_t most = damage->size / sizeof(spa_meta_region);
    for (std::size_t i = 0; i < most; ++i) {
      const Rectangle area = i < sent.damage.size() ? sent.damage[i] : Rectangle{};
      region[i].region = {
          {area.x, area.y},
          {static_cast<std::uint32_t>(area.width), static_cast<std::uint32_t>(area.height)}};
    }
  }
  if (auto* crop = static_cast<spa_meta_region*>(
          spa_buffer_find_meta_data(spa, SPA_META_VideoCrop, sizeof(spa_meta_region)))) {
    const Rectangle area = sent.crop.value_or(Rectangle{});
    crop->region = {
        {area.x, area.y},
        {static_cast<std::uint32_t>(area.width), static_cast<std::uint32_t>(area.height)}};
  }
  spa_meta* meta = spa_buffer_find_meta(spa, SPA_META_Cursor);
  if (meta == nullptr) return;
  auto* cursor = static_cast<spa_meta_cursor*>(meta->data);
  std::memset(cursor, 0, sizeof *cursor);
  if (!sent.pointer) return;
  cursor->id = 1;
  cursor->position = {sent.pointer->x, sent.pointer->y};
  if (!sent.pointer->image) return;
  const CursorImage& image = *sent.pointer->image;
  cursor->hotspot = {image.hot_x, image.hot_y};
  cursor->bitmap_offset = sizeof(spa_meta_cursor);
  auto* bitmap = reinterpret_cast<spa_meta_bitmap*>(cursor + 1);
  bitmap->format = SPA_VIDEO_FORMAT_BGRA;
  bitmap->size = {static_cast<std::uint32_t>(image.width),
                  static_cast<std::uint32_t>(image.height)};
  bitmap->stride = 4 * image.width;
  bitmap->offset = image.pixels.empty() ? 0 : sizeof(spa_meta_bitmap);
  REQUIRE(image.pixels.size() * 4 <= kCursorBytes);
  std::memcpy(bitmap + 1, image.pixels.data(), 4 * image.pixels.size());
}

void ScreenProducer::resize(int width, int height) {
  const Locked locked(loop_);
  width_ = width;
  height_ = height;
  canvas_.assign(static_cast<std::size_t>(width) * height, 0);
  busy_ = false;
  resizing_ = true;
  offer();
}

void ScreenProducer::stop() {
  if (stream_ == nullptr) return;
  const Locked locked(loop_);
  pw_stream_destroy(stream_);
  stream_ = nullptr;
  while (!memory_.empty()) release(memory_.begin()->first);
  spa_hook_remove(&registry_listener_);
  pw_proxy_destroy(reinterpret_cast<pw_proxy*>(registry_));
  pw_core_disconnect(core_);
  pw_context_destroy(context_);
  streaming_ = false;
}

}  // namespace earthshine::test
