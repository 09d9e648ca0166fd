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
/// calls that wait for another process, which must hold up neither the event loop nor libuv's pool.
template <typename T>
class PromisedTask {
 public:
  using Work = std::function<Result<T>()>;
  using Convert = std::function<Napi::Value(Napi::Env, T&)>;

  static Napi::Promise run(Napi::Env env, const char* name, Work work, Convert convert) {
    auto* task = new PromisedTask(env, std::move(work), std::move(convert));  // ends in `finalize`
    const auto promise = task->deferred_.Promise();
    task->settle_ = Settle::New(env, name, 0, 1, task, finalize);
    try {
      task->thread_ = std::thread([task] {
        task->result_ = task->work_();
        task->settle_.BlockingCall();
        task->settle_.Release();
      });
    } catch (const std::system_error&) {
      task->result_ = Fault{"A thread could not be started; this machine has too many."};
      task->settle_.BlockingCall();
      task->settle_.Release();
    }
    return promise;
  }

 private:
  PromisedTask(Napi::Env env, Work work, Convert convert)
      : deferred_(env), work_(std::move(work)), convert_(std::move(convert)) {}

  static void settle(Napi::Env env, Napi::Function, PromisedTask* task, void*) {
    if (env == nullptr) return;  // the environment ends
    const Napi::HandleScope scope(env);
    if (task->result_->ok()) {
      task->deferred_.Resolve(task->convert_(env, task->result_->value()));
    } else {
      task->deferred_.Reject(Napi::Error::New(env, task->result_->fault().message).Value());
    }
  }

  static void finalize(Napi::Env, void*, PromisedTask* task) {
    const std::unique_ptr<PromisedTask> owned(task);
    if (owned->thread_.joinable()) owned->thread_.join();
  }

  using Settle = Napi::TypedThreadSafeFunction<PromisedTask, void, settle>;

  Napi::Promise::Deferred deferred_;
  Work work_;
  Convert convert_;
  std::optional<Result<T>> result_;
  Settle settle_;
  std::thread thread_;
};

}  // namespace earthshine::addon
