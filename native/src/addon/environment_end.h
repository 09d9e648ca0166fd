#pragma once

#include <napi.h>

#include <functional>
#include <utility>

namespace earthshine::addon {

/// Does something when the environment ends, in whichever way: its last work done, a worker's
/// `terminate()`, `process.exit`. Scripts' objects are collected only after its thread-safe
/// functions are gone; whose thread calls one, or who releases one when it is destroyed, must be
/// done with it before. To be made after that function: the last one made runs first. Made and
/// destroyed on the environment's thread.
class EnvironmentEnd {
 public:
  EnvironmentEnd(napi_env env, std::function<void()> at_end)
      : env_(env), at_end_(std::move(at_end)) {
    napi_add_env_cleanup_hook(env_, run, this);
  }
  ~EnvironmentEnd() {
    if (hooked_) napi_remove_env_cleanup_hook(env_, run, this);
  }
  EnvironmentEnd(const EnvironmentEnd&) = delete;
  EnvironmentEnd& operator=(const EnvironmentEnd&) = delete;

 private:
  static void run(void* self) {
    auto& end = *static_cast<EnvironmentEnd*>(self);
    end.hooked_ = false;
    end.at_end_();
  }

  napi_env env_;
  std::function<void()> at_end_;
  bool hooked_ = true;
};

}  // namespace earthshine::addon
