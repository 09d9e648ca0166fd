#include "encode/vaapi/va_library.h"

#include "base/shared_library.h"

namespace earthshine {
namespace {

Fault not_there(const std::string& reason) {
  return Fault{"VA-API cannot be used, because libva is not installed or too old (" + reason +
               "). Install libva with its part for DRM (Debian: libva-drm2; Fedora: libva)."};
}

Result<VaLibrary> load() {
  auto core = SharedLibrary::open("libva.so.2");
  if (!core) return not_there(core.fault().message);
  auto drm = SharedLibrary::open("libva-drm.so.2");
  if (!drm) return not_there(drm.fault().message);

  VaLibrary va;
  const SharedLibrary& from = core.value();
  from.find("vaSyncBuffer", va.sync_buffer);
  const bool complete =
      drm.value().find("vaGetDisplayDRM", va.get_display_drm) &&
      from.find("vaInitialize", va.initialize) && from.find("vaTerminate", va.terminate) &&
      from.find("vaErrorStr", va.error_string) && from.find("vaQueryVendorString", va.vendor) &&
      from.find("vaSetErrorCallback", va.set_error_callback) &&
      from.find("vaSetInfoCallback", va.set_info_callback) &&
      from.find("vaMaxNumEntrypoints", va.most_entrypoints) &&
      from.find("vaQueryConfigEntrypoints", va.entrypoints) &&
      from.find("vaGetConfigAttributes", va.config_attributes) &&
      from.find("vaCreateConfig", va.create_config) &&
      from.find("vaDestroyConfig", va.destroy_config) &&
      from.find("vaQuerySurfaceAttributes", va.surface_attributes) &&
      from.find("vaCreateSurfaces", va.create_surfaces) &&
      from.find("vaDestroySurfaces", va.destroy_surfaces) &&
      from.find("vaCreateContext", va.create_context) &&
      from.find("vaDestroyContext", va.destroy_context) &&
      from.find("vaCreateBuffer", va.create_buffer) &&
      from.find("vaDestroyBuffer", va.destroy_buffer) && from.find("vaMapBuffer", va.map_buffer) &&
      from.find("vaUnmapBuffer", va.unmap_buffer) &&
      from.find("vaBeginPicture", va.begin_picture) &&
      from.find("vaRenderPicture", va.render_picture) &&
      from.find("vaEndPicture", va.end_picture) && from.find("vaSyncSurface", va.sync_surface) &&
      from.find("vaDeriveImage", va.derive_image) && from.find("vaCreateImage", va.create_image) &&
      from.find("vaDestroyImage", va.destroy_image) && from.find("vaPutImage", va.put_image);
  if (!complete) return not_there("libva.so.2 lacks a function of version 2.1");
  return va;
}

}  // namespace

Result<const VaLibrary*> VaLibrary::get() {
  static const Result<VaLibrary> loaded = load();
  if (!loaded) return loaded.fault();
  return &loaded.value();
}

}  // namespace earthshine
