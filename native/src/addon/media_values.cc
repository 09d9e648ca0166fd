#include "addon/media_values.h"

#include <type_traits>

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

/// Each kind of figure as a value of script; what was not measured is left out.
struct FigureWriter {
  Napi::Object target;

  template <typename Number>
  requires std::is_arithmetic_v<Number>
  void operator()(const char* name, Number figure) const {
    // Counters stay far below 2^53.
    target.Set(name, static_cast<double>(figure));
  }
  void operator()(const char* name, const char* word) const { target.Set(name, word); }
  void operator()(const char* name, const std::string& text) const {
    if (!text.empty()) target.Set(name, text);
  }
  template <typename Number>
  requires std::is_arithmetic_v<Number>
  void operator()(const char* name, const std::optional<Number>& figure) const {
    if (figure) target.Set(name, static_cast<double>(*figure));
  }
  void operator()(const char* name, const std::optional<Histogram::Percentiles>& figures) const {
    if (!figures) return;
    auto object = Napi::Object::New(target.Env());
    object.Set("count", figures->count);
    object.Set("mean", figures->mean);
    object.Set("p50", figures->p50);
    object.Set("p95", figures->p95);
    object.Set("p99", figures->p99);
    object.Set("max", figures->max);
    target.Set(name, object);
  }
  void operator()(const char* name, const ThreadClasses& threads) const {
    auto object = Napi::Object::New(target.Env());
    object.Set("capture", thread_class_name(threads.capture));
    object.Set("encode", thread_class_name(threads.encode));
    object.Set("send", thread_class_name(threads.send));
    object.Set("audio", thread_class_name(threads.audio));
    target.Set(name, object);
  }
};

Napi::Object one(Napi::Env env, const ViewerStatistics& figures) {
  auto result = Napi::Object::New(env);
  result.Set("viewer", figures.viewer);
  figures.each(FigureWriter{result});
  return result;
}

Napi::Object one(Napi::Env env, const ProfileProbe& profile) {
  auto result = Napi::Object::New(env);
  result.Set("name", profile.name);
  result.Set("chroma", profile.chroma == Chroma::k420 ? "4:2:0" : "4:4:4");
  result.Set("bitDepth", profile.bit_depth);
  if (profile.samples_per_second > 0) result.Set("samplesPerSecond", profile.samples_per_second);
  if (profile.bends) result.Set("bends", true);
  if (!profile.fault.empty()) result.Set("fault", profile.fault);
  return result;
}

Napi::Object one(Napi::Env env, const EncoderProbe& probe) {
  constexpr const char* kCodecs[] = {"h264", "hevc", "av1"};
  auto result = Napi::Object::New(env);
  result.Set("name", probe.name);
  if (!probe.description.empty()) result.Set("description", probe.description);
  result.Set("codec", kCodecs[static_cast<int>(probe.codec)]);
  result.Set("profiles",
             array_of(env, probe.profiles, [&](const auto& profile) { return one(env, profile); }));
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

Napi::Value to_js(Napi::Env env, const EncoderVerification& seen) {
  auto result = Napi::Object::New(env);
  const FigureWriter write{result};
  write("description", seen.description);
  write("fault", seen.fault);
  write("openMs", seen.open_ms);
  write("firstMs", seen.first_ms);
  write("medianMs", seen.median_ms);
  write("worstMs", seen.worst_ms);
  result.Set("firstIsIdr", seen.first_is_idr);
  write("askedKbps", seen.asked_kbps);
  write("seenKbps", seen.seen_kbps);
  write("askedKbpsLater", seen.asked_kbps_later);
  write("seenKbpsLater", seen.seen_kbps_later);
  write("unaskedIdrFrames", seen.unasked_idr_frames);
  write("answerToLoss", seen.answer_to_loss);
  result.Set("idrOnDemand", seen.idr_on_demand);
  result.Set("frames", array_of(env, seen.frames, [&](const auto& frame) -> Napi::Value {
               return Napi::Buffer<std::uint8_t>::Copy(env, frame.data(), frame.size());
             }));
  write("lost", seen.lost);
  return result;
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
