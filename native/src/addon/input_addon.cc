#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "addon/environment_end.h"
#include "addon/option_reader.h"
#include "addon/promised_task.h"
#include "addon/registration.h"
#include "input/gamepad.h"
#include "input/left_input.h"
#include "input/pointer_keyboard.h"
#include "input/queued_pointer_keyboard.h"
#ifdef EARTHSHINE_HAS_WAYLAND
#include "input/wayland/keyboard_layout.h"
#endif

namespace earthshine::addon {

namespace {

constexpr std::int64_t kAnyU32 = 0xFFFFFFFF;

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
  return PromisedTask<std::optional<std::string>>::run(
      info.Env(), "probeXTest",
      [display = string_argument(info, 0)]() -> Result<std::optional<std::string>> {
        return xtest_fault(display);
      },
      [](Napi::Env env, std::optional<std::string>& fault) {
        return probe_result(env, "xtest", fault);
      });
}

Napi::Value release_held_input(const Napi::CallbackInfo& info) {
  return promised(info.Env(), "releaseHeldInput", []() -> Result<bool> {
    release_all_left_input();
    return true;
  });
}

/// The script side has letterboxed and clamped every position already.
constexpr double kAnyPosition = 1e6;

bool touch(PointerKeyboard& devices, const OptionReader& event) {
  using Kind = TouchEvent::Kind;
  const auto number = [&](const char* key) {
    return event.number(key, -kAnyPosition, kAnyPosition);
  };
  return devices.touch(
      {.kind = event.choice<Kind>("kind", {{"down", Kind::kDown},
                                           {"move", Kind::kMove},
                                           {"up", Kind::kUp},
                                           {"cancel", Kind::kCancel},
                                           {"cancel-all", Kind::kCancelAll},
                                           {"hover", Kind::kHover},
                                           {"hover-leave", Kind::kHoverLeave}}),
       .pointer_id = static_cast<std::uint32_t>(event.integer("pointerId", 0, kAnyU32)),
       .x = number("x"),
       .y = number("y"),
       .pressure = number("pressure"),
       .major = number("major"),
       .minor = number("minor"),
       .rotation = event.optional_number("rotation", -kAnyPosition, kAnyPosition)});
}

bool pen(PointerKeyboard& devices, const OptionReader& event) {
  using Kind = PenEvent::Kind;
  using Tool = PenEvent::Tool;
  const auto number = [&](const char* key) {
    return event.number(key, -kAnyPosition, kAnyPosition);
  };
  return devices.pen(
      {.kind = event.choice<Kind>("kind", {{"down", Kind::kDown},
                                           {"move", Kind::kMove},
                                           {"up", Kind::kUp},
                                           {"cancel", Kind::kCancel},
                                           {"hover", Kind::kHover},
                                           {"hover-leave", Kind::kHoverLeave},
                                           {"button", Kind::kButton}}),
       .tool = event.choice<Tool>("tool", {{"pen", Tool::kPen}, {"eraser", Tool::kEraser}}),
       .buttons = static_cast<std::uint32_t>(event.integer("buttons", 0, kAnyU32)),
       .x = number("x"),
       .y = number("y"),
       .pressure = number("pressure"),
       .tilt = event.optional_number("tilt", -kAnyPosition, kAnyPosition),
       .rotation = event.optional_number("rotation", -kAnyPosition, kAnyPosition)});
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

struct Opened {
  std::shared_ptr<PointerKeyboard> devices;
  Napi::Promise promise;
};

/// The kernel answers at once.
Opened open_uinput(Napi::Env env, const std::string& name) {
  auto opened = open_uinput_pointer_keyboard(name);
  if (!opened) throw Napi::Error::New(env, opened.fault().message);
  const auto deferred = Napi::Promise::Deferred::New(env);
  deferred.Resolve(env.Undefined());
  return {std::move(opened.value()), deferred.Promise()};
}

using Open = std::function<Result<std::unique_ptr<PointerKeyboard>>()>;

/// A server that may hang, now or later.
Opened open_on_server(Napi::Env env, Open open) {
  const auto devices = std::make_shared<QueuedPointerKeyboard>();
  const auto promise =
      promised(env, "openPointerKeyboard", [devices, open = std::move(open)]() -> Result<bool> {
        auto opened = open();
        if (!opened) return opened.fault();
        devices->begin(std::move(opened.value()));
        return true;
      });
  return {devices, promise};
}

Opened open_devices(Napi::Env env, const OptionReader& options) {
  enum class Backend { kUinput, kXTest, kWlroots };
  const auto text = [&](const char* key) {
    return options.has(key) ? options.string(key) : std::string();
  };
  switch (options.choice<Backend>(
      "backend",
      {{"uinput", Backend::kUinput}, {"xtest", Backend::kXTest}, {"wlroots", Backend::kWlroots}})) {
    case Backend::kUinput:
      return open_uinput(env, options.string("name"));
    case Backend::kXTest:
      return open_on_server(
          env, [display = text("x11Display")] { return open_xtest_pointer_keyboard(display); });
    case Backend::kWlroots:
      break;
  }
#ifdef EARTHSHINE_HAS_WAYLAND
  return open_on_server(env, [display = text("waylandDisplay"), output = text("output")] {
    return open_wlroots_pointer_keyboard(display, output);
  });
#else
  throw Napi::Error::New(env, "This build of Earthshine has no input for Wayland compositors.");
#endif
}

Napi::Value open_pointer_keyboard(const Napi::CallbackInfo& info) {
  const auto env = info.Env();
  const Opened opened = open_devices(env, OptionReader(info[0], "options"));
  const auto& devices = opened.devices;

  using Info = const Napi::CallbackInfo&;
  auto result = Napi::Object::New(env);
  result.Set("opened", opened.promise);
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
    return Napi::Boolean::New(call.Env(), touch(to, OptionReader(call[0], "touch")));
  });
  add_function(result, "pen", devices, [](PointerKeyboard& to, Info call) -> Napi::Value {
    return Napi::Boolean::New(call.Env(), pen(to, OptionReader(call[0], "pen")));
  });
  add_function(result, "alive", devices, [](PointerKeyboard& to, Info call) -> Napi::Value {
    return Napi::Boolean::New(call.Env(), to.alive());
  });
  add_function(result, "close", devices, [](PointerKeyboard& to, Info) { to.close(); });
  return result;
}

#ifdef EARTHSHINE_HAS_WAYLAND
/// Code and direction of each stroke in turn; undefined: no keys type that.
Napi::Value strokes(const KeyboardLayout& layout, const Napi::CallbackInfo& info) {
  const auto env = info.Env();
  std::vector<int> held;
  const auto codes = info[1].As<Napi::Array>();
  for (std::uint32_t i = 0; i < codes.Length(); ++i) {
    held.push_back(codes.Get(i).ToNumber().Int32Value());
  }
  const auto found = layout.strokes(
      info[0].ToNumber().Uint32Value(), held,
      {.locked = info[2].ToNumber().Uint32Value(), .group = info[3].ToNumber().Uint32Value()});
  if (found.empty()) return env.Undefined();
  auto result = Napi::Array::New(env, found.size());
  for (std::uint32_t i = 0; i < found.size(); ++i) {
    auto stroke = Napi::Object::New(env);
    stroke.Set("code", found[i].code);
    stroke.Set("down", found[i].down);
    result.Set(i, stroke);
  }
  return result;
}

Napi::Value read_keyboard_layout(const Napi::CallbackInfo& info) {
  using Layout = std::shared_ptr<KeyboardLayout>;
  return PromisedTask<Layout>::run(
      info.Env(), "readKeyboardLayout",
      [display = string_argument(info, 0)]() -> Result<Layout> {
        auto read = KeyboardLayout::read(display);
        if (!read) return read.fault();
        return Layout(std::move(read.value()));
      },
      [](Napi::Env env, Layout& layout) -> Napi::Value {
        auto result = Napi::Object::New(env);
        add_function(
            result, "strokes", layout,
            [](KeyboardLayout& of, const Napi::CallbackInfo& call) { return strokes(of, call); });
        return result;
      });
}
#else
Napi::Value read_keyboard_layout(const Napi::CallbackInfo& info) {
  throw Napi::Error::New(info.Env(), "This build of Earthshine reads no layouts of Wayland.");
}
#endif

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
  std::optional<EnvironmentEnd> environment_end;

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
  const OptionReader options(info[0], "options");
  const auto kind = options.choice<PadKind>("kind", {{"xbox", PadKind::kXbox},
                                                     {"playstation", PadKind::kPlaystation},
                                                     {"nintendo", PadKind::kNintendo}});
  const std::string name = options.string("name");
  if (!info[1].IsFunction()) throw Napi::TypeError::New(env, "argument 2 is not a function");
  const auto held = std::make_shared<HeldPad>();
  held->feedback = Feedback::New(env, info[1].As<Napi::Function>(), "padFeedback", 0, 1);
  held->feedback.Unref(env);  // a pad does not keep the process alive
  auto opened = Gamepad::open(kind, name, [feedback = held->feedback](Rumble rumble) {
    auto packed = std::make_unique<std::uint32_t>(std::uint32_t{rumble.low} << 16 | rumble.high);
    if (feedback.NonBlockingCall(packed.get()) == napi_ok) static_cast<void>(packed.release());
  });
  if (!opened) {
    held->feedback.Release();
    throw Napi::Error::New(env, opened.fault().message);
  }
  held->pad = std::move(opened.value());
  held->environment_end.emplace(env, [pad = held.get()] { pad->close(); });

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
  exports.Set("releaseHeldInput", Napi::Function::New(env, release_held_input, "releaseHeldInput"));
  exports.Set("openPointerKeyboard",
              Napi::Function::New(env, open_pointer_keyboard, "openPointerKeyboard"));
  exports.Set("readKeyboardLayout",
              Napi::Function::New(env, read_keyboard_layout, "readKeyboardLayout"));
  exports.Set("openGamepad", Napi::Function::New(env, open_gamepad, "openGamepad"));
}

}  // namespace earthshine::addon
