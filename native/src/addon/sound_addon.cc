#include <memory>
#include <string>

#include "addon/option_reader.h"
#include "addon/promised_task.h"
#include "addon/registration.h"
#include "audio/sound_server.h"
#include "audio/virtual_sink.h"

namespace earthshine::addon {

namespace {

/// What a NativeSink's functions share. Collecting the object closes the sink too.
struct HeldSink {
  std::shared_ptr<VirtualSink> sink;
  Napi::Reference<Napi::Promise> closed;
};

Napi::Value name_or_undefined(Napi::Env env, const std::string& name) {
  return name.empty() ? env.Undefined() : Napi::Value(Napi::String::New(env, name));
}

Napi::Value probe(const Napi::CallbackInfo& info) {
  return PromisedTask<SoundServer>::run(
      info.Env(), "probeSound", [] { return probe_sound(); },
      [](Napi::Env env, SoundServer& found) -> Napi::Value {
        auto result = Napi::Object::New(env);
        result.Set("server", found.server);
        result.Set("version", found.version);
        if (!found.default_sink.empty()) result.Set("defaultSink", found.default_sink);
        return result;
      });
}

Napi::Value close_sink(Napi::Env env, const std::shared_ptr<HeldSink>& held) {
  if (held->closed.IsEmpty()) {
    const auto promise =
        promised(env, "closeSink", [sink = std::move(held->sink)]() -> Result<bool> {
          sink->close();
          return true;
        });
    held->closed = Napi::Reference<Napi::Promise>::New(promise, 1);
  }
  return held->closed.Value();
}

Napi::Value create_sink(const Napi::CallbackInfo& info) {
  const OptionReader options(info[0], "options");
  VirtualSinkOptions wanted{.name = options.string("name"),
                            .description = options.string("description"),
                            .channels = static_cast<int>(options.integer("channels", 1, 8))};
  return PromisedTask<std::unique_ptr<VirtualSink>>::run(
      info.Env(), "createSink", [wanted] { return VirtualSink::create(wanted); },
      [name = wanted.name](Napi::Env env, std::unique_ptr<VirtualSink>& made) -> Napi::Value {
        const auto held = std::make_shared<HeldSink>();
        held->sink = std::move(made);
        auto sink = Napi::Object::New(env);
        sink.Set("name", name);
        sink.Set("close", Napi::Function::New(
                              env,
                              [held](const Napi::CallbackInfo& call) {
                                return close_sink(call.Env(), held);
                              },
                              "close"));
        return sink;
      });
}

Napi::Value read_default(const Napi::CallbackInfo& info) {
  return PromisedTask<std::string>::run(
      info.Env(), "readDefaultSink", [] { return read_default_sink(); },
      [](Napi::Env env, std::string& name) { return name_or_undefined(env, name); });
}

Napi::Value write_default(const Napi::CallbackInfo& info) {
  const std::string name = info[0].IsUndefined() ? std::string() : string_argument(info, 0);
  return promised(info.Env(), "writeDefaultSink", [name] { return write_default_sink(name); });
}

}  // namespace

void register_sound(Napi::Env env, Napi::Object exports) {
  exports.Set("probeSound", Napi::Function::New(env, probe, "probeSound"));
  exports.Set("createSink", Napi::Function::New(env, create_sink, "createSink"));
  exports.Set("readDefaultSink", Napi::Function::New(env, read_default, "readDefaultSink"));
  exports.Set("writeDefaultSink", Napi::Function::New(env, write_default, "writeDefaultSink"));
}

}  // namespace earthshine::addon
