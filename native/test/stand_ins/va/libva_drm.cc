// A stand-in of libva-drm.so.2: any descriptor is a GPU.
#include <va/va_drm.h>

extern "C" VADisplay vaGetDisplayDRM(int descriptor) {
  static int display = 0;
  display = descriptor;
  return descriptor < 0 ? nullptr : &display;
}
