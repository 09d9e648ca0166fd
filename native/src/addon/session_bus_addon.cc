#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "addon/environment_end.h"
#include "addon/registration.h"
#include "dbus/session_bus.h"

namespace earthshine::addon {

namespace {

std::string text_of(const Napi::Object& object, const char* key) {
  const Napi::Value value = object.Get(key);
  return value.IsString() ? value.As<Napi::String>().Utf8Value() : std::string();
}

/// A variant is an object of class BusVariant (`server/src/native/session-bus-addon.ts`), marked by
/// its signature and value; any other object is a dictionary with string keys.
BusValue from_js(const Napi::Value& value) {
  if (value.IsBoolean()) return {value.As<Napi::Boolean>().Value()};
  if (value.IsNumber()) return {value.As<Napi::Number>().DoubleValue()};
  if (value.IsArray()) {
    const auto array = value.As<Napi::Array>();
    BusList list;
    for (std::uint32_t i = 0; i < array.Length(); ++i) list.push_back(from_js(array.Get(i)));
    return {std::move(list)};
  }
  if (value.IsObject()) {
    const auto object = value.As<Napi::Object>();
    if (object.Get("variantOf").IsString()) {
      return {BusVariant{text_of(object, "variantOf"),
                         std::make_shared<BusValue>(from_js(object.Get("value")))}};
    }
    BusDictionary entries;
    const auto names = object.GetPropertyNames();
    for (std::uint32_t i = 0; i < names.Length(); ++i) {
      const auto name = names.Get(i).As<Napi::String>();
      entries.push_back({{name.Utf8Value()}, from_js(object.Get(name))});
    }
    return {std::move(entries)};
  }
  return {value.IsString() ? value.As<Napi::String>().Utf8Value() : std::string()};
}

Napi::Value to_js(Napi::Env env, BusValue& value);

Napi::Value list_to_js(Napi::Env env, BusList& list) {
  auto array = Napi::Array::New(env, list.size());
  for (std::size_t i = 0; i < list.size(); ++i) {
    array.Set(static_cast<std::uint32_t>(i), to_js(env, list[i]));
  }
  return array;
}

Napi::Value dictionary_to_js(Napi::Env env, BusDictionary& entries) {
  auto object = Napi::Object::New(env);
  for (auto& [key, value] : entries) object.Set(to_js(env, key).ToString(), to_js(env, value));
  return object;
}

/// Variants are what is in them. Descriptors belong to the script from here on.
Napi::Value to_js(Napi::Env env, BusValue& value) {
  auto& content = value.content;
  if (auto* truth = std::get_if<bool>(&content)) return Napi::Boolean::New(env, *truth);
  if (auto* number = std::get_if<double>(&content)) return Napi::Number::New(env, *number);
  if (auto* text = std::get_if<std::string>(&content)) return Napi::String::New(env, *text);
  if (auto* held = std::get_if<BusDescriptor>(&content)) {
    return Napi::Number::New(env, held->take());
  }
  if (auto* list = std::get_if<BusList>(&content)) return list_to_js(env, *list);
  if (auto* entries = std::get_if<BusDictionary>(&content)) return dictionary_to_js(env, *entries);
  return to_js(env, *std::get<BusVariant>(content).value);
}

using Step = std::function<void(Napi::Env)>;

void deliver(Napi::Env env, Napi::Function, void*, Step* step) {
  const std::unique_ptr<Step> owned(step);
  if (env == nullptr) return;
  const Napi::HandleScope scope(env);
  (*owned)(env);
}
using Delivery = Napi::TypedThreadSafeFunction<void, Step, deliver>;

/// The connection and the way back to the event loop, which it does not keep alive.
class Held {
 public:
  explicit Held(Napi::Env env)
      : delivery_(Delivery::New(env, "sessionBus", 0, 1)),
        environment_end_(env, [this] { close(); }) {
    delivery_.Unref(env);
  }
  ~Held() { close(); }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

  void post(Step step) {
    auto owned = std::make_unique<Step>(std::move(step));
    // What was taken on owns it.
    if (delivery_.NonBlockingCall(owned.get()) == napi_ok) static_cast<void>(owned.release());
  }
  void close() {
    if (!open_) return;
    open_ = false;
    bus.reset();
    kept_.clear();
    delivery_.Release();
  }

  /// A function of the script's, called by what the bus's thread posts. It is kept until the bus is
  /// closed, so that its last reference goes on the script's thread.
  std::shared_ptr<Napi::FunctionReference> keep(const Napi::Value& function) {
    return kept_.emplace_back(
        std::make_shared<Napi::FunctionReference>(Napi::Persistent(function.As<Napi::Function>())));
  }

  std::unique_ptr<SessionBus> bus;

 private:
  std::vector<std::shared_ptr<Napi::FunctionReference>> kept_;
  Delivery delivery_;
  bool open_ = true;
  EnvironmentEnd environment_end_;
};

Napi::Value call(const std::shared_ptr<Held>& held, const Napi::CallbackInfo& info) {
  const auto env = info.Env();
  const auto options = info[0].As<Napi::Object>();
  const auto deferred = std::make_shared<Napi::Promise::Deferred>(env);
  const auto promise = deferred->Promise();
  if (!held->bus) {
    deferred->Reject(Napi::Error::New(env, "The session bus was closed.").Value());
    return promise;
  }
  BusCall wanted{.destination = text_of(options, "destination"),
                 .path = text_of(options, "path"),
                 .interface = text_of(options, "interface"),
                 .member = text_of(options, "member"),
                 .signature = text_of(options, "signature"),
                 .body = {}};
  if (options.Get("body").IsArray()) {
    wanted.body = std::get<BusList>(from_js(options.Get("body")).content);
  }
  if (options.Get("limit").IsNumber()) {
    wanted.limit =
        static_cast<std::uint64_t>(options.Get("limit").As<Napi::Number>().DoubleValue() * 1000);
  }
  Held* target = held.get();
  held->bus->call(std::move(wanted), [target, deferred](SessionBus::Answer answer) {
    target->post([deferred, answer = std::move(answer)](Napi::Env env) mutable {
      if (auto* values = std::get_if<BusList>(&answer)) {
        deferred->Resolve(list_to_js(env, *values));
        return;
      }
      const auto& error = std::get<BusError>(answer);
      auto thrown = Napi::Error::New(env, error.message.empty() ? error.name : error.message);
      thrown.Set("busError", Napi::String::New(env, error.name));
      deferred->Reject(thrown.Value());
    });
  });
  return promise;
}

void subscribe(const std::shared_ptr<Held>& held, const Napi::CallbackInfo& info) {
  if (!held->bus) return;
  const auto handler = held->keep(info[1]);
  Held* target = held.get();
  held->bus->subscribe(info[0].As<Napi::String>(), [target, handler](BusList values) {
    target->post([handler, values = std::move(values)](Napi::Env env) mutable {
      handler->Call({list_to_js(env, values)});
    });
  });
}

Napi::Value open_session_bus(const Napi::CallbackInfo& info) {
  const auto env = info.Env();
  const auto held = std::make_shared<Held>(env);
  const auto on_closed = held->keep(info[1]);
  Held* target = held.get();
  auto opened =
      SessionBus::open(info[0].As<Napi::String>(), [target, on_closed](const std::string& reason) {
        target->post([on_closed, reason](Napi::Env to) {
          on_closed->Call({Napi::String::New(to, reason)});
        });
      });
  if (!opened) throw Napi::Error::New(env, opened.fault().message);
  held->bus = std::move(opened.value());

  auto result = Napi::Object::New(env);
  result.Set("call", Napi::Function::New(
                         env, [held](const Napi::CallbackInfo& of) { return call(held, of); }));
  result.Set("subscribe", Napi::Function::New(
                              env, [held](const Napi::CallbackInfo& of) { subscribe(held, of); }));
  result.Set("close",
             Napi::Function::New(env, [held](const Napi::CallbackInfo&) { held->close(); }));
  return result;
}

}  // namespace

void register_session_bus(Napi::Env env, Napi::Object exports) {
  exports.Set("openSessionBus", Napi::Function::New(env, open_session_bus, "openSessionBus"));
}

}  // namespace earthshine::addon
