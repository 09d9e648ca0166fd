#pragma once

#include <napi.h>

#include <memory>
#include <mutex>

#include "addon/media_options.h"
#include "pipeline/picture.h"

namespace earthshine::addon {

/// A picture together with the way its events take to the event loop. Shared by the script object
/// and by the calls under way.
class OpenPicture {
 public:
  OpenPicture(Napi::Env env, const Napi::Function& on_event);
  ~OpenPicture();
  OpenPicture(const OpenPicture&) = delete;
  OpenPicture& operator=(const OpenPicture&) = delete;

  /// Blocks; not on the event loop.
  Result<bool> open(const PictureOptions& options);
  /// Blocks; not on the event loop. The picture before stays when the source cannot be opened.
  Result<bool> change_source(const PictureOptions& options);
  [[nodiscard]] Picture& picture() const { return *picture_; }
  /// Ends the threads, then the events. From any thread, and more than once.
  void close();
  /// On the event loop, after close(): the environment's end need not close it any more.
  void forget_environment();

 private:
  static void at_environment_end(void* self);

  napi_env env_;
  bool hooked_ = true;
  Napi::ThreadSafeFunction events_;
  /// open() may outlast the environment, whose end closes.
  std::mutex opening_;
  bool released_ = false;
  std::unique_ptr<Picture> picture_;
};

/// NativePicture of server/src/native/media-addon.ts.
class NativePicture final : public Napi::ObjectWrap<NativePicture> {
 public:
  /// The class, not exported: only openPicture makes objects of it.
  static Napi::Function define(Napi::Env env);
  static Napi::Object make(const Napi::Function& constructor, std::shared_ptr<OpenPicture> picture);

  explicit NativePicture(const Napi::CallbackInfo& info);
  ~NativePicture() override;

 private:
  Napi::Value add_viewer(const Napi::CallbackInfo& info);
  Napi::Value change_source(const Napi::CallbackInfo& info);
  void set_endpoint(const Napi::CallbackInfo& info);
  void request_keyframe(const Napi::CallbackInfo& info);
  void invalidate(const Napi::CallbackInfo& info);
  void tune(const Napi::CallbackInfo& info);
  void set_sound_source(const Napi::CallbackInfo& info);
  Napi::Value remove_viewer(const Napi::CallbackInfo& info);
  Napi::Value statistics(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);

  std::shared_ptr<OpenPicture> open_;
};

}  // namespace earthshine::addon
