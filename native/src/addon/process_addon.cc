#include <napi.h>
#include <unistd.h>

#include <cmath>
#include <string>

#include "addon/promised_task.h"
#include "addon/registration.h"
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

void trim(const Napi::CallbackInfo&) {
  return_free_memory();
}

}  // namespace

void register_process(Napi::Env env, Napi::Object exports) {
  exports.Set("raiseThread", Napi::Function::New(env, raise, "raiseThread"));
  exports.Set("returnFreeMemory", Napi::Function::New(env, trim, "returnFreeMemory"));
}

}  // namespace earthshine::addon
