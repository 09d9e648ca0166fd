#include "addon/media_values.h"

namespace earthshine::addon {
namespace {

template <typename Item, typename Convert>
Napi::Array array_of(Napi::Env env, const std::vector<Item>& items, Convert convert) {
  auto result = Napi::Array::New(env, items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    result.Set(static_cast<std::uint32_t>(i), convert(items[i]));
  }
  return result;
}

/// Counters stay far below 2^53.
double number(std::uint64_t value) {
  return static_cast<double>(value);
}

void set(Napi::Env env, Napi::Object target, const char* key,
         const std::optional<Histogram::Percentiles>& figures) {
  if (!figures) return;
  auto object = Napi::Object::New(env);
  object.Set("count", figures->count);
  object.Set("p50", figures->p50);
  object.Set("p99", figures->p99);
  object.Set("max", figures->max);
  target.Set(key, object);
}

Napi::Object one(Napi::Env env, const ViewerStatistics& figures) {
  auto result = Napi::Object::New(env);
  result.Set("viewer", figures.viewer);
  result.Set("interval", static_cast<double>(figures.interval) / 1e6);
  set(env, result, "capture", figures.capture);
  set(env, result, "convert", figures.convert);
  set(env, result, "encode", figures.encode);
  set(env, result, "packetize", figures.video.packetize);
  set(env, result, "send", figures.video.send);
  set(env, result, "spread", figures.video.spread);
  set(env, result, "hostLatency", figures.video.host_latency);
  result.Set("framesNew", number(figures.frames_new));
  result.Set("framesRepeated", number(figures.frames_repeated));
  result.Set("framesDropped", number(figures.video.frames_dropped));
  result.Set("framesOverwritten", number(figures.frames_overwritten));
  result.Set("keyframes", number(figures.keyframes));
  result.Set("keyframesMerged", number(figures.keyframes_merged));
  result.Set("invalidations", number(figures.invalidations));
  result.Set("encodedBytes", number(figures.encoded_bytes));
  result.Set("videoPackets", number(figures.video.packets));
  result.Set("videoBytes", number(figures.video.bytes));
  result.Set("audioPackets", number(figures.audio.packets));
  result.Set("audioBytes", number(figures.audio.bytes));
  result.Set("sendDrops", number(figures.video.send_drops + figures.audio.send_drops));
  result.Set("sendErrors", number(figures.video.send_errors + figures.audio.send_errors));
  result.Set("injectedDrops", number(figures.video.injected_drops));
  result.Set("sendMethod", figures.video.send_method);
  if (figures.video.send_buffer.granted > 0) {
    result.Set("sendBuffer", number(figures.video.send_buffer.granted));
    result.Set("sendBufferAsked", number(figures.video.send_buffer.asked));
  }
  result.Set("bitrateKbps", figures.bitrate_kbps);
  result.Set("fecPercentage", figures.video.fec_percentage);
  result.Set("encodeViewers", static_cast<double>(figures.encode_viewers));
  auto threads = Napi::Object::New(env);
  threads.Set("capture", thread_class_name(figures.capture_thread));
  threads.Set("encode", thread_class_name(figures.encode_thread));
  threads.Set("send", thread_class_name(figures.video.send_thread));
  threads.Set("audio", thread_class_name(figures.audio_thread));
  result.Set("threads", threads);
  return result;
}

Napi::Object one(Napi::Env env, const EncoderProbe& probe) {
  constexpr const char* kCodecs[] = {"h264", "hevc", "av1"};
  auto result = Napi::Object::New(env);
  result.Set("name", probe.name);
  result.Set("codec", kCodecs[static_cast<int>(probe.codec)]);
  result.Set("chroma", array_of(env, probe.chroma, [&](Chroma chroma) {
               return Napi::String::New(env, chroma == Chroma::k420 ? "4:2:0" : "4:4:4");
             }));
  result.Set("bitDepths", array_of(env, probe.bit_depths,
                                   [&](int bits) { return Napi::Number::New(env, bits); }));
  result.Set("invalidation", probe.invalidation);
  if (!probe.fault.empty()) result.Set("fault", probe.fault);
  return result;
}

Napi::Object one(Napi::Env env, const SourceArea& area) {
  auto result = Napi::Object::New(env);
  result.Set("x", area.x);
  result.Set("y", area.y);
  result.Set("width", area.width);
  result.Set("height", area.height);
  result.Set("desktopWidth", area.desktop_width);
  result.Set("desktopHeight", area.desktop_height);
  return result;
}

Napi::Object one(Napi::Env env, const X11Screen& screen) {
  auto result = Napi::Object::New(env);
  result.Set("name", screen.name);
  result.Set("area", one(env, screen.area));
  result.Set("primary", screen.primary);
  return result;
}

}  // namespace

Napi::Value to_js(Napi::Env env, const std::vector<EncoderProbe>& probes) {
  return array_of(env, probes, [&](const auto& probe) { return one(env, probe); });
}

Napi::Value to_js(Napi::Env env, const std::vector<X11Screen>& screens) {
  return array_of(env, screens, [&](const auto& screen) { return one(env, screen); });
}

Napi::Value to_js(Napi::Env env, const std::vector<ViewerStatistics>& statistics) {
  return array_of(env, statistics, [&](const auto& figures) { return one(env, figures); });
}

Napi::Value to_js(Napi::Env env, const PictureEvent& event) {
  auto result = Napi::Object::New(env);
  if (event.kind == PictureEvent::Kind::kSourceArea) {
    result.Set("kind", "source-area");
    result.Set("area", one(env, event.area));
    return result;
  }
  result.Set("kind", event.kind == PictureEvent::Kind::kFault ? "fault" : "notice");
  if (event.viewer) result.Set("viewer", *event.viewer);
  result.Set("part", event.part);
  result.Set("message", event.message);
  if (event.recovered) result.Set("recovered", true);
  return result;
}

}  // namespace earthshine::addon
