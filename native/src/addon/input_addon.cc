#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "addon/promised_task.h"
#include "addon/registration.h"
#include "input/gamepad.h"
#include "input/pointer_keyboard.h"

namespace earthshine::addon {

namespace {

std::string text_of(const Napi::Object& object, const char* key) {
  const Napi::Value value = object.Get(key);
  return value.IsString() ? value.As<Napi::String>().Utf8Value() : std::string();
}

std::optional<double> number_of(const Napi::Object& object, const char* key) {
  const Napi::Value value = object.Get(key);
  if (!value.IsNumber()) return std::nullopt;
  return value.As<Napi::Number>().DoubleValue();
}

int integer(const Napi::CallbackInfo& info, std::size_t index) {
  return info[index].ToNumber().Int32Value();
}

double real(const Napi::CallbackInfo& info, std::size_t index) {
  return info[index].ToNumber().DoubleValue();
}

Napi::Value probe_result(Napi::Env env, const char* backend,
                         const std::optional<std::string>& fault) {
  auto entry = Napi::Object::New(env);
  entry.Set("backend", backend);
  entry.Set("usable", !fault.has_value());
  if (fault) entry.Set("reason", *fault);
  return entry;
}

Napi::Value probe_uinput(const Napi::CallbackInfo& info) {
  return probe_result(info.Env(), "uinput", uinput_fault());
}

Napi::Value probe_xtest(const Napi::CallbackInfo& info) {
  if (!info[0].IsString()) throw Napi::TypeError::New(info.Env(), "argument 1 is not a string");
  return PromisedTask<std::optional<std::string>>::run(
      info.Env(), "probeXTest",
      [display = info[0].As<Napi::String>().Utf8Value()]() -> Result<std::optional<std::string>> {
        return xtest_fault(display);
      },
      [](Napi::Env env, std::optional<std::string>& fault) {
        return probe_result(env, "xtest", fault);
      });
}

std::optional<TouchEvent::Kind> touch_kind(std::string_view name) {
  using Kind = TouchEvent::Kind;
  if (name == "down") return Kind::kDown;
  if (name == "move") return Kind::kMove;
  if (name == "up") return Kind::kUp;
  if (name == "cancel") return Kind::kCancel;
  if (name == "cancel-all") return Kind::kCancelAll;
  if (name == "hover") return Kind::kHover;
  if (name == "hover-leave") return Kind::kHoverLeave;
  return std::nullopt;
}

std::optional<PenEvent::Kind> pen_kind(std::string_view name) {
  using Kind = PenEvent::Kind;
  if (name == "down") return Kind::kDown;
  if (name == "move") return Kind::kMove;
  if (name == "up") return Kind::kUp;
  if (name == "cancel") return Kind::kCancel;
  if (name == "hover") return Kind::kHover;
  if (name == "hover-leave") return Kind::kHoverLeave;
  if (name == "button") return Kind::kButton;
  return std::nullopt;
}

bool touch(PointerKeyboard& devices, const Napi::Object& event) {
  const auto kind = touch_kind(text_of(event, "kind"));
  if (!kind) return false;
  return devices.touch({.kind = *kind,
                        .pointer_id = event.Get("pointerId").ToNumber().Uint32Value(),
                        .x = number_of(event, "x").value_or(0),
                        .y = number_of(event, "y").value_or(0),
                        .pressure = number_of(event, "pressure").value_or(0),
                        .major = number_of(event, "major").value_or(0),
                        .minor = number_of(event, "minor").value_or(0),
                        .rotation = number_of(event, "rotation")});
}

bool pen(PointerKeyboard& devices, const Napi::Object& event) {
  const auto kind = pen_kind(text_of(event, "kind"));
  if (!kind) return false;
  return devices.pen(
      {.kind = *kind,
       .tool = text_of(event, "tool") == "eraser" ? PenEvent::Tool::kEraser : PenEvent::Tool::kPen,
       .buttons = event.Get("buttons").ToNumber().Uint32Value(),
       .x = number_of(event, "x").value_or(0),
       .y = number_of(event, "y").value_or(0),
       .pressure = number_of(event, "pressure").value_or(0),
       .tilt = number_of(event, "tilt"),
       .rotation = number_of(event, "rotation")});
}

/// A function of an object that shares what the object stands for.
template <typename T, typename Call>
void add_function(Napi::Object& object, const char* name, std::shared_ptr<T> shared, Call call) {
  object.Set(name, Napi::Function::New(
                       object.Env(),
                       [shared = std::move(shared), call](const Napi::CallbackInfo& info) {
                         return call(*shared, info);
                       },
                       name));
}

Napi::Value open_pointer_keyboard(const Napi::CallbackInfo& info) {
  const auto env = info.Env();
  const auto options = info[0].As<Napi::Object>();
  auto opened = text_of(options, "backend") == "xtest"
                    ? open_xtest_pointer_keyboard(text_of(options, "x11Display"))
                    : open_uinput_pointer_keyboard(text_of(options, "name"));
  if (!opened) throw Napi::Error::New(env, opened.fault().message);
  const std::shared_ptr<PointerKeyboard> devices = std::move(opened.value());

  using Info = const Napi::CallbackInfo&;
  auto result = Napi::Object::New(env);
  add_function(result, "key", devices, [](PointerKeyboard& to, Info call) -> Napi::Value {
    const auto pressed = to.key(integer(call, 0), call[1].ToBoolean());
    return Napi::Boolean::New(call.Env(), pressed);
  });
  add_function(result, "moveRelative", devices, [](PointerKeyboard& to, Info call) {
    to.move_relative(integer(call, 0), integer(call, 1));
  });
  add_function(result, "moveAbsolute", devices, [](PointerKeyboard& to, Info call) {
    to.move_absolute(real(call, 0), real(call, 1));
  });
  add_function(result, "button", devices, [](PointerKeyboard& to, Info call) {
    to.button(integer(call, 0), call[1].ToBoolean());
  });
  add_function(result, "scroll", devices, [](PointerKeyboard& to, Info call) {
    to.scroll(integer(call, 0), integer(call, 1));
  });
  add_function(result, "text", devices, [](PointerKeyboard& to, Info call) -> Napi::Value {
    const auto typed = to.text(call[0].ToNumber().Uint32Value());
    return Napi::Boolean::New(call.Env(), typed);
  });
  add_function(result, "touch", devices, [](PointerKeyboard& to, Info call) -> Napi::Value {
    return Napi::Boolean::New(call.Env(), touch(to, call[0].As<Napi::Object>()));
  });
  add_function(result, "pen", devices, [](PointerKeyboard& to, Info call) -> Napi::Value {
    return Napi::Boolean::New(call.Env(), pen(to, call[0].As<Napi::Object>()));
  });
  add_function(result, "alive", devices, [](PointerKeyboard& to, Info call) -> Napi::Value {
    return Napi::Boolean::New(call.Env(), to.alive());
  });
  add_function(result, "close", devices, [](PointerKeyboard& to, Info) { to.close(); });
  return result;
}

/// A rumble as one number on its way through the queue: low motor above, high motor below.
void deliver(Napi::Env env, Napi::Function callback, void*, std::uint32_t* packed) {
  const std::unique_ptr<std::uint32_t> owned(packed);
  if (env == nullptr) return;
  const Napi::HandleScope scope(env);
  auto feedback = Napi::Object::New(env);
  feedback.Set("kind", "rumble");
  feedback.Set("low", *owned >> 16);
  feedback.Set("high", *owned & 0xFFFF);
  callback.Call({feedback});
}
using Feedback = Napi::TypedThreadSafeFunction<void, std::uint32_t, deliver>;

struct HeldPad {
  Feedback feedback;
  std::unique_ptr<Gamepad> pad;

  ~HeldPad() { close(); }
  void close() {
    if (!pad) return;
    pad->close();
    pad.reset();
    feedback.Release();
  }
};

Napi::Value open_gamepad(const Napi::CallbackInfo& info) {
  const auto env = info.Env();
  const auto options = info[0].As<Napi::Object>();
  const auto kind_name = text_of(options, "kind");
  const PadKind kind = kind_name == "playstation" ? PadKind::kPlaystation
                       : kind_name == "nintendo"  ? PadKind::kNintendo
                                                  : PadKind::kXbox;
  const auto held = std::make_shared<HeldPad>();
  held->feedback = Feedback::New(env, info[1].As<Napi::Function>(), "padFeedback", 0, 1);
  held->feedback.Unref(env);  // a pad does not keep the process alive
  auto opened =
      Gamepad::open(kind, text_of(options, "name"), [feedback = held->feedback](Rumble rumble) {
        auto packed =
            std::make_unique<std::uint32_t>(std::uint32_t{rumble.low} << 16 | rumble.high);
        if (feedback.NonBlockingCall(packed.get()) == napi_ok) packed.release();
      });
  if (!opened) {
    held->feedback.Release();
    throw Napi::Error::New(env, opened.fault().message);
  }
  held->pad = std::move(opened.value());

  using Info = const Napi::CallbackInfo&;
  auto result = Napi::Object::New(env);
  add_function(result, "state", held, [](HeldPad& to, Info call) -> Napi::Value {
    if (!to.pad) return Napi::Boolean::New(call.Env(), true);
    const auto stick = [&](std::size_t index) {
      return static_cast<std::int16_t>(integer(call, index));
    };
    const bool all = to.pad->state({.buttons = call[0].ToNumber().Uint32Value(),
                                    .left_trigger = static_cast<std::uint8_t>(integer(call, 1)),
                                    .right_trigger = static_cast<std::uint8_t>(integer(call, 2)),
                                    .left_x = stick(3),
                                    .left_y = stick(4),
                                    .right_x = stick(5),
                                    .right_y = stick(6)});
    return Napi::Boolean::New(call.Env(), all);
  });
  add_function(result, "close", held, [](HeldPad& to, Info) { to.close(); });
  return result;
}

}  // namespace

void register_input(Napi::Env env, Napi::Object exports) {
  exports.Set("probeUinput", Napi::Function::New(env, probe_uinput, "probeUinput"));
  exports.Set("probeXTest", Napi::Function::New(env, probe_xtest, "probeXTest"));
  exports.Set("openPointerKeyboard",
              Napi::Function::New(env, open_pointer_keyboard, "openPointerKeyboard"));
  exports.Set("openGamepad", Napi::Function::New(env, open_gamepad, "openGamepad"));
}

}  // namespace earthshine::addon
