#pragma once

#include <napi.h>

#include <vector>

#include "capture/x11_screens.h"
#include "encode/encoder_probe.h"
#include "encode/encoder_verification.h"
#include "pipeline/picture_event.h"
#include "pipeline/viewer_statistics.h"

namespace earthshine::addon {

// Native figures in the shapes of server/src/native/media-addon.ts. What was not measured is
// absent.
Napi::Value to_js(Napi::Env env, const std::vector<EncoderProbe>& probes);
Napi::Value to_js(Napi::Env env, const EncoderVerification& seen);
Napi::Value to_js(Napi::Env env, const std::vector<X11Screen>& screens);
Napi::Value to_js(Napi::Env env, const std::vector<ViewerStatistics>& statistics);
Napi::Value to_js(Napi::Env env, const PictureEvent& event);

}  // namespace earthshine::addon
