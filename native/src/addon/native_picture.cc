#include "addon/native_picture.h"

#include <algorithm>
#include <string>
#include <utility>

#include "addon/media_values.h"
#include "addon/option_reader.h"
#include "addon/promised_task.h"
#include "capture/open_source.h"
#include "pipeline/heap_limits.h"

namespace earthshine::addon {
namespace {

constexpr std::int64_t kAnyU32 = 0xFFFFFFFF;

std::uint32_t viewer_argument(const Napi::CallbackInfo& info) {
  return static_cast<std::uint32_t>(integer_argument(info, 0, 0, kAnyU32));
}

/// Milliseconds as a number of the script side, which measures fractions too.
Nanoseconds round_trip_argument(const Napi::CallbackInfo& info, std::size_t index) {
  constexpr double kLongest = 60'000;
  const double value = info[index].IsNumber() ? info[index].As<Napi::Number>().DoubleValue() : -1.0;
  if (!(value >= 0)) {
    throw Napi::TypeError::New(info.Env(), "argument 2 is not a time in milliseconds");
  }
  return static_cast<Nanoseconds>(std::min(value, kLongest) * 1e6);
}

}  // namespace

OpenPicture::OpenPicture(Napi::Env env, const Napi::Function& on_event)
    : env_(env), events_(Napi::ThreadSafeFunction::New(env, on_event, "picture events", 0, 1)) {
  // Registered after the function's own, so it runs before: no thread calls into what is gone.
  napi_add_env_cleanup_hook(env_, at_environment_end, this);
}

OpenPicture::~OpenPicture() {
  close();
  forget_environment();
}

void OpenPicture::at_environment_end(void* self) {
  auto* picture = static_cast<OpenPicture*>(self);
  picture->hooked_ = false;
  picture->close();
}

void OpenPicture::forget_environment() {
  if (std::exchange(hooked_, false)) {
    napi_remove_env_cleanup_hook(env_, at_environment_end, this);
  }
}

Result<bool> OpenPicture::open(const PictureOptions& options) {
  limit_heap();
  // Beside the source: each takes tens of milliseconds, most of it the kernel's, for memory.
  std::shared_ptr<ExpectedEncoder> expected;
  if (options.expected) expected = std::make_shared<ExpectedEncoder>(*options.expected);
  auto source = open_source(options.source);
  if (!source) return source.fault();
  auto picture = Picture::open(std::move(source.value()), options.mode, [this](PictureEvent event) {
    auto* carried = new PictureEvent(std::move(event));
    const napi_status status = events_.NonBlockingCall(
        carried, [](Napi::Env env, Napi::Function callback, PictureEvent* data) {
          const std::unique_ptr<PictureEvent> owned(data);
          // Without an environment the queue is being emptied at the end.
          if (env != nullptr && !callback.IsEmpty()) callback.Call({to_js(env, *owned)});
        });
    if (status != napi_ok) delete carried;
  });
  if (!picture) return picture.fault();
  if (expected) picture.value()->expect(std::move(expected));
  const std::lock_guard lock(opening_);
  // The environment ended meanwhile: nobody is left who would close it.
  if (released_) return Fault{"The picture was closed while it was being opened."};
  picture_ = std::move(picture.value());
  return true;
}

Result<bool> OpenPicture::change_source(const PictureOptions& options) {
  auto source = open_source(options.source);
  if (!source) return source.fault();
  return picture_->replace_source(std::move(source.value()));
}

void OpenPicture::close() {
  const std::lock_guard lock(opening_);
  if (picture_) picture_->close();
  if (!std::exchange(released_, true)) events_.Release();
}

Napi::Function NativePicture::define(Napi::Env env) {
  return DefineClass(env, "NativePicture",
                     {
                         InstanceMethod<&NativePicture::add_viewer>("addViewer"),
                         InstanceMethod<&NativePicture::change_source>("changeSource"),
                         InstanceMethod<&NativePicture::set_endpoint>("setEndpoint"),
                         InstanceMethod<&NativePicture::request_keyframe>("requestKeyframe"),
                         InstanceMethod<&NativePicture::invalidate>("invalidate"),
                         InstanceMethod<&NativePicture::tune>("tune"),
                         InstanceMethod<&NativePicture::set_sound_source>("setSoundSource"),
                         InstanceMethod<&NativePicture::remove_viewer>("removeViewer"),
                         InstanceMethod<&NativePicture::statistics>("statistics"),
                         InstanceMethod<&NativePicture::close>("close"),
                     });
}

Napi::Object NativePicture::make(const Napi::Function& constructor,
                                 std::shared_ptr<OpenPicture> picture) {
  const Napi::Object object = constructor.New({});
  Unwrap(object)->open_ = std::move(picture);
  return object;
}

NativePicture::NativePicture(const Napi::CallbackInfo& info) : ObjectWrap(info) {}

NativePicture::~NativePicture() = default;

Napi::Value NativePicture::add_viewer(const Napi::CallbackInfo& info) {
  ViewerOptions options = read_viewer_options(info[0]);
  return promised(info.Env(), "addViewer", [open = open_, options = std::move(options)] {
    return open->picture().add_viewer(options);
  });
}

Napi::Value NativePicture::change_source(const Napi::CallbackInfo& info) {
  PictureOptions options = read_picture_options(info[0]);
  return promised(info.Env(), "changeSource", [open = open_, options = std::move(options)] {
    return open->change_source(options);
  });
}

void NativePicture::set_endpoint(const Napi::CallbackInfo& info) {
  const std::uint32_t viewer = viewer_argument(info);
  const std::string plane = string_argument(info, 1);
  if (plane != "video" && plane != "audio") {
    throw Napi::TypeError::New(info.Env(), "argument 2 is not \"video\" or \"audio\"");
  }
  open_->picture().set_endpoint(
      viewer, plane == "video" ? Picture::Stream::kVideo : Picture::Stream::kAudio,
      read_endpoint(info[2]));
}

void NativePicture::request_keyframe(const Napi::CallbackInfo& info) {
  const std::uint32_t viewer = viewer_argument(info);
  open_->picture().request_keyframe(viewer, round_trip_argument(info, 1));
}

void NativePicture::invalidate(const Napi::CallbackInfo& info) {
  const std::uint32_t viewer = viewer_argument(info);
  const auto first = static_cast<std::uint32_t>(integer_argument(info, 1, 0, kAnyU32));
  const auto last = static_cast<std::uint32_t>(integer_argument(info, 2, 0, kAnyU32));
  open_->picture().invalidate(viewer, first, last);
}

void NativePicture::tune(const Napi::CallbackInfo& info) {
  const std::uint32_t viewer = viewer_argument(info);
  const Tuning tuning = read_tuning(info[1]);
  Picture& picture = open_->picture();
  if (tuning.bitrate_kbps) picture.set_bitrate(viewer, *tuning.bitrate_kbps);
  if (tuning.fec_percentage) picture.set_fec_percentage(viewer, *tuning.fec_percentage);
  if (tuning.min_fec_packets) picture.set_min_fec_packets(viewer, *tuning.min_fec_packets);
  if (tuning.use_batches) picture.use_batches(viewer);
}

void NativePicture::set_sound_source(const Napi::CallbackInfo& info) {
  const std::uint32_t viewer = viewer_argument(info);
  AudioTrackOptions track;
  read_sound_source(OptionReader(info[1], "source"), track);
  // What is silent stays so, and what sounds is never silenced this way.
  if (track.source == AudioTrackOptions::Source::kSilence) return;
  open_->picture().follow_sink(viewer, track.sink);
}

Napi::Value NativePicture::remove_viewer(const Napi::CallbackInfo& info) {
  return promised(info.Env(), "removeViewer",
                  [open = open_, viewer = viewer_argument(info)]() -> Result<bool> {
                    open->picture().remove_viewer(viewer);
                    return true;
                  });
}

Napi::Value NativePicture::statistics(const Napi::CallbackInfo& info) {
  return to_js(info.Env(), open_->picture().take_statistics());
}

Napi::Value NativePicture::close(const Napi::CallbackInfo& info) {
  return promised(
      info.Env(), "closePicture",
      [open = open_]() -> Result<bool> {
        open->close();
        return true;
      },
      [open = open_] { open->forget_environment(); });
}

}  // namespace earthshine::addon
