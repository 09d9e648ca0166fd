#include "audio/monitor_reader.h"

#include <spa/param/audio/format-utils.h>

#include <algorithm>
#include <array>
#include <utility>

#include "audio/channel_positions.h"
#include "audio/multistream_encoder.h"

namespace earthshine {

namespace {

/// What the server is asked to deliver at a time. It rounds down to a power of two, so a wish of
/// 240 frames, one packet, runs the whole graph at 128: on a busy machine programs miss such short
/// turns, which is heard as clicks.
constexpr int kPortionFrames = 256;

/// Five ticks a second: what lasts shorter than this is not worth a notice.
constexpr int kTicksBeforeNotice = 5;
constexpr int kTicksBeforeRetry = 2;

}  // namespace

struct MonitorReader::Callbacks {
  static void state(void* data, pw_stream_state, pw_stream_state state,
                    const char* error) noexcept {
    auto& self = *static_cast<MonitorReader*>(data);
    if (self.closing_stream_) return;
    if (state == PW_STREAM_STATE_ERROR) {
      self.stream_failed(std::string("PipeWire refuses the sink's monitor: ") +
                         (error == nullptr ? "no reason given" : error) + ".");
    } else if (state == PW_STREAM_STATE_UNCONNECTED) {
      self.stream_failed("PipeWire ended the connection to the sink's monitor.");
    }
  }

  static void process(void* data) noexcept { static_cast<MonitorReader*>(data)->process(); }

  static constexpr pw_stream_events kStream = [] {
    pw_stream_events events{};
    events.version = PW_VERSION_STREAM_EVENTS;
    events.state_changed = state;
    events.process = process;
    return events;
  }();
};

MonitorReader::MonitorReader(MonitorReaderOptions options, OnNotice on_notice)
    : options_(std::move(options)),
      on_notice_(std::move(on_notice)),
      buffer_(options_.channels, options_.packet_frames),
      metadata_([this](std::string_view key, std::string name) {
        if (key != kEffectiveDefault) return;
        default_sink_ = std::move(name);
        link_.defer([this] { retarget(); });
      }),
      silent_because_("No audio server was found yet."),
      link_("audio reader", true,
            {.listed = [this] { link_.defer([this] { retarget(); }); },
             .lost = [this](const std::string& reason) { lost(reason); },
             .added = [this](const ServerObject& object) { added(object); },
             .removed = [this](std::uint32_t id) { removed(id); },
             .tick = [this] { tick(); },
             .ending =
                 [this] {
                   close_stream();
                   metadata_.drop();
                 }}) {}

MonitorReader::~MonitorReader() {
  close();
}

Result<bool> MonitorReader::start() {
  return link_.start();
}

void MonitorReader::follow(std::string sink) {
  const std::lock_guard lock(wish_mutex_);
  wish_ = std::move(sink);
}

void MonitorReader::take_wish() {
  std::optional<std::string> wish;
  {
    const std::lock_guard lock(wish_mutex_);
    wish.swap(wish_);
  }
  if (!wish) return;
  options_.sink = std::move(*wish);
  retarget();
}

void MonitorReader::close() {
  link_.close();
}

void MonitorReader::added(const ServerObject& object) {
  if (metadata_.added(link_, object) || object.type != PW_TYPE_INTERFACE_Node) return;
  const auto media_class = object.property(PW_KEY_MEDIA_CLASS);
  if (media_class != "Audio/Sink" && media_class != "Audio/Duplex") return;
  const auto serial = object.property(PW_KEY_OBJECT_SERIAL);
  sinks_[object.id] = {std::string(object.property(PW_KEY_NODE_NAME)),
                       serial.empty() ? std::to_string(object.id) : std::string(serial)};
  link_.defer([this] { retarget(); });
}

void MonitorReader::removed(std::uint32_t id) {
  metadata_.removed(id);
  if (sinks_.erase(id) > 0) link_.defer([this] { retarget(); });
}

void MonitorReader::lost(const std::string& reason) {
  close_stream();
  metadata_.drop();
  sinks_.clear();
  default_sink_.clear();
  silent_because_ = reason;
}

/// Makes what is read agree with what should be read.
void MonitorReader::retarget() {
  if (!link_.connected()) return;
  const std::string& wanted = options_.sink.empty() ? default_sink_ : options_.sink;
  const auto found = std::find_if(sinks_.begin(), sinks_.end(), [&](const auto& entry) {
    return !wanted.empty() && entry.second.name == wanted;
  });
  if (found == sinks_.end()) {
    close_stream();
    silent_because_ = wanted.empty()
                          ? "The desktop has no sound output; connect one, or let Earthshine make "
                            "a virtual one."
                          : "The sound output \"" + wanted + "\" does not exist at the moment.";
    return;
  }
  if (stream_ != nullptr && target_ == found->first) return;
  close_stream();
  target_ = found->first;
  open_stream(found->second);
}

void MonitorReader::open_stream(const Sink& sink) {
  ++generation_;
  const std::string latency = std::to_string(kPortionFrames) + "/" + std::to_string(kSampleRate);
  // The session manager must neither move this stream by remembered choices nor to another sink, or
  // a viewer would hear what is not meant for him.
  pw_properties* properties = pw_properties_new(
      PW_KEY_MEDIA_TYPE, "Audio", PW_KEY_MEDIA_CATEGORY, "Capture", PW_KEY_MEDIA_NAME,
      "Sound for a viewer", PW_KEY_NODE_NAME, "earthshine-viewer", PW_KEY_APP_NAME, "Earthshine",
      PW_KEY_STREAM_CAPTURE_SINK, "true", PW_KEY_TARGET_OBJECT, sink.serial.c_str(),
      PW_KEY_NODE_LATENCY, latency.c_str(), PW_KEY_NODE_DONT_RECONNECT, "true",
      "state.restore-props", "false", "state.restore-target", "false", nullptr);
  stream_ = pw_stream_new(link_.core(), "earthshine-viewer", properties);
  if (stream_ == nullptr) {
    stream_failed("PipeWire could not make a stream.");
    return;
  }
  pw_stream_add_listener(stream_, &stream_listener_, &Callbacks::kStream, this);

  spa_audio_info_raw format{};
  format.format = SPA_AUDIO_FORMAT_F32;
  format.rate = kSampleRate;
  format.channels = static_cast<std::uint32_t>(options_.channels);
  std::copy_n(kChannelPositions.begin(), options_.channels, format.position);
  std::array<std::uint8_t, 1024> memory{};
  spa_pod_builder builder{};
  builder.data = memory.data();
  builder.size = memory.size();
  const spa_pod* parameters[] = {
      spa_format_audio_raw_build(&builder, SPA_PARAM_EnumFormat, &format)};
  const int status = pw_stream_connect(
      stream_, PW_DIRECTION_INPUT, PW_ID_ANY,
      static_cast<pw_stream_flags>(PW_STREAM_FLAG_AUTOCONNECT | PW_STREAM_FLAG_MAP_BUFFERS |
                                   PW_STREAM_FLAG_RT_PROCESS),
      parameters, 1);
  if (status < 0) stream_failed("PipeWire could not connect a stream.");
  silent_because_ = "The sound output \"" + sink.name + "\" delivers nothing.";
}

/// The data thread may be within `process` until `pw_stream_destroy` has stopped it; until then the
/// listener and the pointer have to stay.
void MonitorReader::close_stream() {
  if (stream_ == nullptr) return;
  closing_stream_ = true;
  pw_stream_destroy(stream_);
  closing_stream_ = false;
  stream_ = nullptr;
}

/// Called from within the stream's own callbacks too, so it only marks it.
void MonitorReader::stream_failed(const std::string& reason) {
  link_.defer([this, reason, generation = generation_] {
    if (generation != generation_) return;
    close_stream();
    target_ = 0;
    silent_because_ = reason;
    ticks_until_retry_ = kTicksBeforeRetry;
  });
}

/// PipeWire's data thread: no lock, no allocation.
void MonitorReader::process() {
  pw_buffer* taken = pw_stream_dequeue_buffer(stream_);
  if (taken == nullptr) return;
  const spa_data& data = taken->buffer->datas[0];
  if (data.data != nullptr && data.chunk != nullptr) {
    const std::uint32_t offset = std::min(data.chunk->offset, data.maxsize);
    const std::uint32_t size = std::min(data.chunk->size, data.maxsize - offset);
    const auto* samples =
        reinterpret_cast<const float*>(static_cast<const std::uint8_t*>(data.data) + offset);
    buffer_.write({samples, size / sizeof(float)}, now());
    portions_.fetch_add(1, std::memory_order_relaxed);
  }
  pw_stream_queue_buffer(stream_, taken);
}

void MonitorReader::tick() {
  take_wish();
  if (ticks_until_retry_ > 0 && --ticks_until_retry_ == 0) retarget();
  const std::uint64_t portions = portions_.load(std::memory_order_relaxed);
  const bool sounding = portions != std::exchange(portions_seen_, portions);
  if (sounding) {
    silent_ticks_ = 0;
    asked_ = false;
    const bool first = !std::exchange(sounded_, true);
    if (std::exchange(told_, false) || first) {
      on_notice_(first ? "There is sound." : "Sound is there again.", true);
    }
    return;
  }
  if (++silent_ticks_ < kTicksBeforeNotice) return;
  if (!std::exchange(told_, true)) {
    on_notice_(silent_because_ + " The stream is silent until this changes.", false);
  }
  // A server that does not answer this either is given up by the link.
  if (link_.connected() && !std::exchange(asked_, true)) link_.sync([this] { asked_ = false; });
}

}  // namespace earthshine
