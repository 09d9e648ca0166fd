#pragma once

#include <napi.h>

namespace earthshine::addon {

/// Each part puts its functions on the module's exports (`server/src/native/*-addon.ts`).
void register_media(Napi::Env env, Napi::Object exports);
void register_input(Napi::Env env, Napi::Object exports);
void register_sound(Napi::Env env, Napi::Object exports);
void register_receiver(Napi::Env env, Napi::Object exports);
void register_process(Napi::Env env, Napi::Object exports);
void register_speed_test(Napi::Env env, Napi::Object exports);
void register_session_bus(Napi::Env env, Napi::Object exports);
void register_desktop(Napi::Env env, Napi::Object exports);

}  // namespace earthshine::addon
