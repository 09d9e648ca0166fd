#pragma once

#include <napi.h>

#include <functional>
#include <optional>
#include <string>
#include <utility>

namespace earthshine::addon {

/// A promise for something that blocks: `work` runs on a pool thread and gives a sentence when it
/// fails; `finish` then runs on the event loop and gives the promise's value.
class BackgroundCall final : public Napi::AsyncWorker {
 public:
  using Work = std::function<std::optional<std::string>()>;
  using Finish = std::function<Napi::Value(Napi::Env)>;

  static Napi::Promise start(Napi::Env env, Work work, Finish finish) {
    // An AsyncWorker deletes itself when it is done.
    auto* call = new BackgroundCall(env, std::move(work), std::move(finish));
    const Napi::Promise promise = call->deferred_.Promise();
    call->Queue();
    return promise;
  }

  void Execute() override {
    if (auto fault = work_()) SetError(*fault);
  }
  void OnOK() override { deferred_.Resolve(finish_(Env())); }
  void OnError(const Napi::Error& error) override { deferred_.Reject(error.Value()); }

 private:
  BackgroundCall(Napi::Env env, Work work, Finish finish)
      : AsyncWorker(env),
        deferred_(Napi::Promise::Deferred::New(env)),
        work_(std::move(work)),
        finish_(std::move(finish)) {}

  Napi::Promise::Deferred deferred_;
  Work work_;
  Finish finish_;
};

}  // namespace earthshine::addon
