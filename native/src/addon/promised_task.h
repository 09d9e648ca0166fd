#pragma once

#include <napi.h>

#include <functional>
#include <memory>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "base/result.h"

namespace earthshine::addon {

/// Runs `work` on a thread of its own and settles a promise with what it returns: `convert` makes
/// the value on the event loop's thread, a Fault becomes an Error with its sentence. For the few
/// calls that wait for a thread or another process, which must hold up neither the event loop nor
/// libuv's pool, nor the end of either: a call that never returns is left behind when its
/// environment ends. What `work` and `convert` hold is let go on the event loop's thread.
template <typename T>
class PromisedTask {
 public:
  using Work = std::function<Result<T>()>;
  using Convert = std::function<Napi::Value(Napi::Env, T&)>;

  static Napi::Promise run(Napi::Env env, const char* name, Work work, Convert convert) {
    const std::shared_ptr<PromisedTask> task(
        new PromisedTask(env, std::move(work), std::move(convert)));
    const auto promise = task->deferred_.Promise();
    task->settle_ = Settle::New(env, name, 0, 1, new std::shared_ptr(task), finalize);
    try {
      std::thread([task] {
        task->result_ = task->work_();
        task->tell();
      }).detach();
    } catch (const std::system_error&) {
      task->result_ = Fault{"A thread could not be started; this machine has too many."};
      task->tell();
    }
    return promise;
  }

 private:
  using Shared = std::shared_ptr<PromisedTask>;

  PromisedTask(Napi::Env env, Work work, Convert convert)
      : deferred_(env), work_(std::move(work)), convert_(std::move(convert)) {}

  void tell() {
    // An environment that ended has taken this thread's hold on the function with it.
    if (settle_.BlockingCall() != napi_closing) settle_.Release();
  }

  static void settle(Napi::Env env, Napi::Function, Shared* shared, void*) {
    PromisedTask& task = **shared;
    if (env != nullptr) {  // else the environment ends
      const Napi::HandleScope scope(env);
      if (task.result_->ok()) {
        task.deferred_.Resolve(task.convert_(env, task.result_->value()));
      } else {
        task.deferred_.Reject(Napi::Error::New(env, task.result_->fault().message).Value());
      }
    }
    // The thread may still hold the task for a moment.
    task.work_ = nullptr;
    task.convert_ = nullptr;
  }

  static void finalize(Napi::Env, void*, Shared* shared) {
    const std::unique_ptr<Shared> owned(shared);
  }

  using Settle = Napi::TypedThreadSafeFunction<Shared, void, settle>;

  Napi::Promise::Deferred deferred_;
  Work work_;
  Convert convert_;
  std::optional<Result<T>> result_;
  Settle settle_;
};

/// The same for work that has no value: `undefined` when it is done, and `then` before that.
inline Napi::Promise promised(Napi::Env env, const char* name, PromisedTask<bool>::Work work,
                              std::function<void()> then = {}) {
  return PromisedTask<bool>::run(env, name, std::move(work),
                                 [then = std::move(then)](Napi::Env settled, bool&) {
                                   if (then) then();
                                   return settled.Undefined();
                                 });
}

}  // namespace earthshine::addon
