#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "addon/option_reader.h"
#include "addon/promised_task.h"
#include "addon/registration.h"
#include "receive/video_receiving.h"

namespace earthshine::addon {

namespace {

double milliseconds(Nanoseconds time) {
  return static_cast<double>(time) / 1e6;
}

Napi::Object event_of(Napi::Env env, const char* kind) {
  auto event = Napi::Object::New(env);
  event.Set("kind", kind);
  return event;
}

/// The object of one event, in the shapes of server/src/native/receiver-addon.ts.
struct ToJs {
  Napi::Env env;

  Napi::Value operator()(QueuedFrame& frame) const {
    const ReceivedFrame& about = frame.about;
    auto event = event_of(env, "frame");
    event.Set("index", about.index);
    event.Set("type", static_cast<int>(about.type));
    event.Set("timestamp", about.timestamp);
    if (about.host_latency > 0) event.Set("hostLatency", about.host_latency / 10.0);
    event.Set("blocks", about.blocks);
    event.Set("recoveredShards", about.recovered_shards);
    event.Set("firstPacketBytes", static_cast<double>(about.first_packet_bytes));
    event.Set("firstPacketAt", milliseconds(about.first_packet));
    event.Set("completedAt", milliseconds(about.completed));
    // The bytes change hands; the buffer's end frees them.
    auto* bytes = new std::vector<std::uint8_t>(std::move(frame.bytes));
    event.Set("data", Napi::Buffer<std::uint8_t>::NewOrCopy(
                          env, bytes->data(), bytes->size(),
                          [](Napi::Env, std::uint8_t*, std::vector<std::uint8_t>* held) {
                            const std::unique_ptr<std::vector<std::uint8_t>> owned(held);
                          },
                          bytes));
    return event;
  }

  Napi::Value operator()(const LostFrames& lost) const {
    auto event = event_of(env, "lost");
    event.Set("first", lost.first);
    event.Set("last", lost.last);
    return event;
  }

  Napi::Value operator()(const BlockStatus& block) const {
    auto event = event_of(env, "damaged");
    event.Set("frameIndex", block.frame);
    event.Set("index", block.block);
    event.Set("lastBlock", block.last_block);
    event.Set("dataShards", block.data);
    event.Set("parityShards", block.parity);
    event.Set("fecPercentage", block.fec_percentage);
    event.Set("dataReceived", block.data_received);
    event.Set("parityReceived", block.parity_received);
    event.Set("missingBeforeHighest", block.missing_before_highest);
    event.Set("highestSequence", block.highest_sequence);
    event.Set("nextContiguousSequence", block.next_contiguous_sequence);
    return event;
  }

  Napi::Value operator()(const Violation& violation) const {
    auto event = event_of(env, "violation");
    event.Set("code", violation_name(violation.code));
    event.Set("frame", violation.frame);
    event.Set("block", violation.block);
    event.Set("shard", violation.shard);
    event.Set("seen", static_cast<double>(violation.seen));
    event.Set("expected", static_cast<double>(violation.expected));
    return event;
  }

  Napi::Value operator()(const Fault& fault) const {
    auto event = event_of(env, "failed");
    event.Set("message", fault.message);
    return event;
  }
};

Napi::Value to_js(Napi::Env env, const VideoReceivingStatistics& statistics) {
  auto object = Napi::Object::New(env);
  const auto set = [&](const char* name, std::uint64_t value) {
    object.Set(name, static_cast<double>(value));
  };
  const VideoReceiverCounters& video = statistics.video;
  set("datagrams", statistics.socket.datagrams);
  set("bytes", statistics.socket.bytes);
  set("oversized", statistics.socket.oversized);
  set("overflowed", statistics.socket.overflowed);
  set("injectedLosses", statistics.injected.dropped + statistics.injected.blacked_out);
  set("injectedDuplicates", statistics.injected.duplicated);
  set("injectedReorders", statistics.injected.reordered);
  set("unopened", video.unopened);
  set("packets", video.packets);
  set("missingPackets", video.missing_packets);
  set("duplicates", video.duplicates);
  set("outOfOrder", video.out_of_order);
  set("frames", video.frames);
  set("keyframes", video.keyframes);
  set("violations", video.violations);
  set("late", video.assembly.late);
  set("parityPackets", video.assembly.parity_packets);
  set("parityFirst", video.assembly.parity_first);
  set("recoveredShards", video.assembly.recovered_shards);
  set("recoveredBlocks", video.assembly.recovered_blocks);
  set("lostBlocks", video.assembly.lost_blocks);
  set("lostFrames", video.assembly.lost_frames);
  set("unfetchedFrames", statistics.frames_unfetched);
  set("unfetchedEvents", statistics.events_unfetched);
  if (statistics.first_datagram > 0) {
    object.Set("firstPacketAt", milliseconds(statistics.first_datagram));
  }
  return object;
}

/// A receiver together with the way its events take to the event loop.
class OpenReceiver : public std::enable_shared_from_this<OpenReceiver> {
 public:
  explicit OpenReceiver(Napi::Env env) : env_(env) {}
  ~OpenReceiver() {
    close();
    forget_environment();
  }
  OpenReceiver(const OpenReceiver&) = delete;
  OpenReceiver& operator=(const OpenReceiver&) = delete;

  std::optional<std::string> open(const VideoReceivingOptions& options,
                                  const Napi::Function& on_events) {
    auto* self = new Self(weak_from_this());
    // A call that still waits when the receiver is gone finds that here.
    events_ = Events::New(
        env_, on_events, "video receiver", 0, 1, self,
        [](Napi::Env, void*, Self* held) { const std::unique_ptr<Self> owned(held); },
        static_cast<void*>(nullptr));
    released_ = false;
    // Registered after the function's own, so it runs before: no thread calls into what is gone.
    napi_add_env_cleanup_hook(env_, at_environment_end, this);
    hooked_ = true;
    auto opened = VideoReceiving::open(options, [this] { events_.NonBlockingCall(); });
    if (!opened) return opened.fault().message;
    receiving_ = std::move(opened.value());
    return std::nullopt;
  }
  [[nodiscard]] VideoReceiving& receiving() const { return *receiving_; }

  /// Ends the thread, then the events; from any thread, and more than once.
  void close() {
    if (receiving_) receiving_->close();
    if (!released_.exchange(true)) events_.Release();
  }
  /// On the event loop, after close().
  void forget_environment() {
    if (std::exchange(hooked_, false)) {
      napi_remove_env_cleanup_hook(env_, at_environment_end, this);
    }
  }

  /// On the event loop: what was received after it is not told.
  bool closing = false;

 private:
  using Self = std::weak_ptr<OpenReceiver>;

  static void deliver(Napi::Env env, Napi::Function on_events, Self* context, void*) {
    // Without an environment the queue is being emptied at the end.
    if (env == nullptr || on_events.IsEmpty()) return;
    const auto self = context->lock();
    if (!self || self->closing || !self->receiving_) return;
    auto events = self->receiving_->take();
    if (events.empty()) return;
    auto list = Napi::Array::New(env, events.size());
    for (std::size_t i = 0; i < events.size(); ++i) {
      list.Set(static_cast<std::uint32_t>(i), std::visit(ToJs{env}, events[i]));
    }
    on_events.Call({list});
  }
  static void at_environment_end(void* self) {
    auto* receiver = static_cast<OpenReceiver*>(self);
    receiver->hooked_ = false;
    receiver->close();
  }
  using Events = Napi::TypedThreadSafeFunction<Self, void, deliver>;

  napi_env env_;
  bool hooked_ = false;
  Events events_;
  std::atomic<bool> released_ = true;
  std::unique_ptr<VideoReceiving> receiving_;
};

Nanoseconds milliseconds_option(const OptionReader& options, const char* key) {
  return options.has(key) ? options.integer(key, 0, 3'600'000) * 1'000'000 : 0;
}

double percent_option(const OptionReader& options, const char* key) {
  return options.optional_number(key, 0, 100).value_or(0);
}

LinkImpairment read_impairment(const OptionReader& options) {
  const auto whole = [&](const char* key, std::int64_t least, std::int64_t most,
                         std::int64_t otherwise) {
    return options.has(key) ? options.integer(key, least, most) : otherwise;
  };
  LinkImpairment impairment{
      .packets = {.drop = percent_option(options, "percentage"),
                  .burst = static_cast<int>(whole("burst", 1, 1000, 1)),
                  .duplicate = percent_option(options, "duplicate"),
                  .reorder = percent_option(options, "reorder"),
                  .distance = static_cast<int>(whole("distance", 1, 64, 3)),
                  .seed = static_cast<std::uint64_t>(whole("seed", 0, 0xFFFFFFFF, 1))}};
  if (options.has("blackout")) {
    const OptionReader blackout = options.object("blackout");
    impairment.blackout_after = milliseconds_option(blackout, "afterMs");
    impairment.blackout = milliseconds_option(blackout, "durationMs");
  }
  return impairment;
}

VideoReceivingOptions read_options(const Napi::Value& value) {
  const OptionReader options(value, "options");
  VideoReceivingOptions wanted{
      .address = options.string("host"),
      .port = static_cast<std::uint16_t>(options.integer("port", 1, 65535)),
      .video = {.packet_size = static_cast<std::size_t>(options.integer("packetSize", 64, 65000)),
                .key = options.key("key")}};
  if (options.has("pingPayload")) {
    const std::string payload = options.string("pingPayload");
    if (payload.size() != 16) options.refuse("pingPayload", "16 characters");
    wanted.ping.emplace();
    std::copy(payload.begin(), payload.end(), wanted.ping->begin());
  }
  if (options.has("receiveBuffer")) {
    wanted.receive_buffer =
        static_cast<std::size_t>(options.integer("receiveBuffer", 4096, 1 << 30));
  }
  if (options.has("reorderWindow")) {
    wanted.video.tolerance.packets =
        static_cast<std::size_t>(options.integer("reorderWindow", 0, 1024));
  }
  if (options.has("loss")) wanted.impairment = read_impairment(options.object("loss"));
  return wanted;
}

using Closed = Napi::Reference<Napi::Promise>;

Napi::Value close_receiver(Napi::Env env, const std::shared_ptr<OpenReceiver>& open,
                           Closed& closed) {
  open->closing = true;
  if (closed.IsEmpty()) {
    // Not on the event loop: the thread may be in the middle of a large frame.
    const auto promise = promised(
        env, "closeVideoReceiver",
        [open]() -> Result<bool> {
          open->close();
          return true;
        },
        [open] { open->forget_environment(); });
    closed = Closed::New(promise, 1);
  }
  return closed.Value();
}

Napi::Value open_video_receiver(const Napi::CallbackInfo& info) {
  const VideoReceivingOptions options = read_options(info[0]);
  if (!info[1].IsFunction()) {
    throw Napi::TypeError::New(info.Env(), "argument 2 is not a function");
  }
  const auto open = std::make_shared<OpenReceiver>(info.Env());
  if (const auto fault = open->open(options, info[1].As<Napi::Function>()))
    throw Napi::Error::New(info.Env(), *fault);

  auto receiver = Napi::Object::New(info.Env());
  receiver.Set("localPort", open->receiving().local_port());
  receiver.Set("receiveBuffer", static_cast<double>(open->receiving().receive_buffer()));
  receiver.Set("statistics", Napi::Function::New(
                                 info.Env(),
                                 [open](const Napi::CallbackInfo& call) {
                                   return to_js(call.Env(), open->receiving().statistics());
                                 },
                                 "statistics"));
  receiver.Set("close",
               Napi::Function::New(
                   info.Env(),
                   [open, closed = std::make_shared<Closed>()](const Napi::CallbackInfo& call) {
                     return close_receiver(call.Env(), open, *closed);
                   },
                   "close"));
  return receiver;
}

}  // namespace

void register_receiver(Napi::Env env, Napi::Object exports) {
  exports.Set("openVideoReceiver",
              Napi::Function::New(env, open_video_receiver, "openVideoReceiver"));
}

}  // namespace earthshine::addon
