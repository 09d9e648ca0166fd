#include <memory>
#include <string>
#include <vector>

#include "addon/media_options.h"
#include "addon/media_values.h"
#include "addon/native_picture.h"
#include "addon/option_reader.h"
#include "addon/promised_task.h"
#include "addon/registration.h"
#include "capture/x11_source.h"
#include "capture/x11_wake.h"
#include "encode/encoder_probe.h"
#include "encode/encoder_verification.h"
#include "pipeline/counter_page.h"
#include "pipeline/heap_limits.h"

namespace earthshine::addon {
namespace {

Napi::Value probe(const Napi::CallbackInfo& info) {
  const auto probes = probe_encoders(info[0].IsUndefined() ? "" : string_argument(info, 0));
  // The host goes on for weeks after this moment; what the encoders needed is not to stay with it.
  return_free_memory();
  return to_js(info.Env(), probes);
}

Napi::Value verify(const Napi::CallbackInfo& info) {
  std::string name;
  const EncoderSettings settings = read_verified_encoder(info[0], name);
  return to_js(info.Env(), verify_encoder(name, settings));
}

Napi::Value create_counter_page(const Napi::CallbackInfo& info) {
  auto page = CounterPage::create();
  if (!page) throw Napi::Error::New(info.Env(), page.fault().message);
  return Napi::Number::New(info.Env(), page.value());
}

void reset_counters(const Napi::CallbackInfo& info) {
  const auto descriptor = static_cast<int>(integer_argument(info, 0, 0, 0x7FFFFFFF));
  const auto slot = static_cast<std::size_t>(
      integer_argument(info, 1, 0, static_cast<std::int64_t>(kCounterSlots) - 1));
  auto page = CounterPage::map(descriptor);
  if (!page) throw Napi::TypeError::New(info.Env(), page.fault().message);
  page.value()->reset(slot);
}

Napi::Value list_x11_screens(const Napi::CallbackInfo& info) {
  using Screens = std::vector<X11Screen>;
  return PromisedTask<Screens>::run(
      info.Env(), "listX11Screens",
      [display = string_argument(info, 0)] { return X11Source::screens(display); },
      [](Napi::Env env, Screens& screens) { return to_js(env, screens); });
}

Napi::Value wake(const Napi::CallbackInfo& info) {
  return promised(info.Env(), "wakeX11",
                  [display = string_argument(info, 0)] { return wake_x11(display); });
}

Napi::Value open_picture(const Napi::CallbackInfo& info,
                         const std::shared_ptr<Napi::FunctionReference>& constructor) {
  const PictureOptions options = read_picture_options(info[0]);
  if (!info[1].IsFunction()) {
    throw Napi::TypeError::New(info.Env(), "argument 2 is not a function");
  }
  auto open = std::make_shared<OpenPicture>(info.Env(), info[1].As<Napi::Function>());
  return PromisedTask<bool>::run(
      info.Env(), "openPicture",
      [open, options] {
        auto opened = open->open(options);
        if (!opened) open->close();
        return opened;
      },
      [open, constructor](Napi::Env, bool&) -> Napi::Value {
        return NativePicture::make(constructor->Value(), open);
      });
}

}  // namespace

void register_media(Napi::Env env, Napi::Object exports) {
  exports.Set("probeEncoders", Napi::Function::New(env, probe, "probeEncoders"));
  exports.Set("verifyEncoder", Napi::Function::New(env, verify, "verifyEncoder"));
  exports.Set("createCounterPage",
              Napi::Function::New(env, create_counter_page, "createCounterPage"));
  exports.Set("resetCounters", Napi::Function::New(env, reset_counters, "resetCounters"));
  exports.Set("listX11Screens", Napi::Function::New(env, list_x11_screens, "listX11Screens"));
  exports.Set("wakeX11", Napi::Function::New(env, wake, "wakeX11"));

  auto constructor =
      std::make_shared<Napi::FunctionReference>(Napi::Persistent(NativePicture::define(env)));
  // It lives as long as the environment, whose end frees it.
  constructor->SuppressDestruct();
  exports.Set("openPicture", Napi::Function::New(
                                 env,
                                 [constructor](const Napi::CallbackInfo& info) {
                                   return open_picture(info, constructor);
                                 },
                                 "openPicture"));
}

}  // namespace earthshine::addon
