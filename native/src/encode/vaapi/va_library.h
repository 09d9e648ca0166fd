#pragma once

#include <va/va.h>
#include <va/va_drm.h>

#include "base/result.h"

namespace earthshine {

/// libva's functions that this host calls, found by name when a GPU is first tried: a machine
/// without libva.so.2 has no VA-API encoder and lacks nothing else.
struct VaLibrary {
  decltype(&vaGetDisplayDRM) get_display_drm = nullptr;
  decltype(&vaInitialize) initialize = nullptr;
  decltype(&vaTerminate) terminate = nullptr;
  decltype(&vaErrorStr) error_string = nullptr;
  decltype(&vaQueryVendorString) vendor = nullptr;
  decltype(&vaSetErrorCallback) set_error_callback = nullptr;
  decltype(&vaSetInfoCallback) set_info_callback = nullptr;
  decltype(&vaMaxNumEntrypoints) most_entrypoints = nullptr;
  decltype(&vaQueryConfigEntrypoints) entrypoints = nullptr;
  decltype(&vaGetConfigAttributes) config_attributes = nullptr;
  decltype(&vaCreateConfig) create_config = nullptr;
  decltype(&vaDestroyConfig) destroy_config = nullptr;
  decltype(&vaQuerySurfaceAttributes) surface_attributes = nullptr;
  decltype(&vaCreateSurfaces) create_surfaces = nullptr;
  decltype(&vaDestroySurfaces) destroy_surfaces = nullptr;
  decltype(&vaCreateContext) create_context = nullptr;
  decltype(&vaDestroyContext) destroy_context = nullptr;
  decltype(&vaCreateBuffer) create_buffer = nullptr;
  decltype(&vaDestroyBuffer) destroy_buffer = nullptr;
  decltype(&vaMapBuffer) map_buffer = nullptr;
  decltype(&vaUnmapBuffer) unmap_buffer = nullptr;
  decltype(&vaBeginPicture) begin_picture = nullptr;
  decltype(&vaRenderPicture) render_picture = nullptr;
  decltype(&vaEndPicture) end_picture = nullptr;
  decltype(&vaSyncSurface) sync_surface = nullptr;
  decltype(&vaDeriveImage) derive_image = nullptr;
  decltype(&vaCreateImage) create_image = nullptr;
  decltype(&vaDestroyImage) destroy_image = nullptr;
  decltype(&vaPutImage) put_image = nullptr;
  /// With a time limit; null before libva 2.9 (2020).
  decltype(&vaSyncBuffer) sync_buffer = nullptr;

  /// The one of this process, loaded by the first call; a fault says which package is missing.
  static Result<const VaLibrary*> get();
};

}  // namespace earthshine
