#include <napi.h>
#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "addon/option_reader.h"
#include "addon/promised_task.h"
#include "addon/registration.h"
#include "base/descriptor_passing.h"
#include "base/resident_program.h"
#include "base/thread_class.h"
#include "pipeline/heap_limits.h"

namespace earthshine::addon {

namespace {

/// Whether the number is a thread of this process.
bool is_own_thread(double number) {
  if (!(number >= 1 && number <= 0x7FFF'FFFF) || number != std::floor(number)) return false;
  const std::string folder = "/proc/self/task/" + std::to_string(static_cast<pid_t>(number));
  return access(folder.c_str(), F_OK) == 0;
}

Napi::Value raise(const Napi::CallbackInfo& info) {
  const double number = info[0].IsNumber() ? info[0].As<Napi::Number>().DoubleValue() : 0;
  if (!is_own_thread(number)) {
    throw Napi::TypeError::New(info.Env(), "raiseThread: expected a thread of this process.");
  }
  return PromisedTask<ThreadClass>::run(
      info.Env(), "raise thread",
      [thread = static_cast<pid_t>(number)]() -> Result<ThreadClass> {
        return raise_thread(thread, ThreadRole::kShortWakes);
      },
      [](Napi::Env env, ThreadClass& granted) -> Napi::Value {
        return Napi::String::New(env, thread_class_name(granted));
      });
}

Napi::Array to_js(Napi::Env env, std::span<const int> descriptors) {
  auto result = Napi::Array::New(env);
  for (const int descriptor : descriptors) result.Set(result.Length(), descriptor);
  return result;
}

int descriptor_argument(const Napi::CallbackInfo& info, std::size_t index) {
  return static_cast<int>(integer_argument(info, index, 0, 0x7FFF'FFFF));
}

Napi::Value sockets(const Napi::CallbackInfo& info) {
  auto made = descriptor_sockets();
  if (!made) throw Napi::Error::New(info.Env(), made.fault().message);
  return to_js(info.Env(), made.value());
}

void send(const Napi::CallbackInfo& info) {
  if (!info[1].IsArray()) throw Napi::TypeError::New(info.Env(), "argument 2 is not an array");
  const auto list = info[1].As<Napi::Array>();
  std::vector<int> descriptors;
  for (std::uint32_t i = 0; i < list.Length(); ++i) {
    const Napi::Value each = list.Get(i);
    descriptors.push_back(each.IsNumber() ? each.As<Napi::Number>().Int32Value() : -1);
  }
  const auto sent = send_descriptors(descriptor_argument(info, 0), descriptors);
  if (!sent) throw Napi::Error::New(info.Env(), sent.fault().message);
}

Napi::Value receive(const Napi::CallbackInfo& info) {
  auto received = receive_descriptors(descriptor_argument(info, 0));
  if (!received) throw Napi::Error::New(info.Env(), received.fault().message);
  return to_js(info.Env(), received.value());
}

Napi::Value trim(const Napi::CallbackInfo& info) {
  return promised(info.Env(), "return memory", []() -> Result<bool> {
    return_free_memory();
    release_program_pages();
    return true;
  });
}

}  // namespace

void register_process(Napi::Env env, Napi::Object exports) {
  exports.Set("raiseThread", Napi::Function::New(env, raise, "raiseThread"));
  exports.Set("descriptorSockets", Napi::Function::New(env, sockets, "descriptorSockets"));
  exports.Set("sendDescriptors", Napi::Function::New(env, send, "sendDescriptors"));
  exports.Set("receiveDescriptors", Napi::Function::New(env, receive, "receiveDescriptors"));
  exports.Set("returnFreeMemory", Napi::Function::New(env, trim, "returnFreeMemory"));
}

}  // namespace earthshine::addon
