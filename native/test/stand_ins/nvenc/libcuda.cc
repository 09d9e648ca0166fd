// A stand-in of libcuda.so.1 with one GPU; EARTHSHINE_STAND_IN_NVENC=no-device: with none, no
// variable: the driver does not start.

// clang-format off
#include <ffnvcodec/dynlink_cuda.h>
// clang-format on

#include <cstring>

#include "../orders.h"

namespace {

constexpr auto kNoDevice = static_cast<CUresult>(100);
int contexts = 0;

earthshine::stand_in::Orders orders() {
  return earthshine::stand_in::Orders("EARTHSHINE_STAND_IN_NVENC");
}

}  // namespace

extern "C" {

int cuda_stand_in_contexts() {
  return contexts;
}

CUresult cuInit(unsigned flags) {
  return orders().present() ? CUDA_SUCCESS : kNoDevice;
}

CUresult cuDeviceGetCount(int* count) {
  *count = orders().has("no-device") ? 0 : 1;
  return CUDA_SUCCESS;
}

CUresult cuDeviceGet(CUdevice* device, int ordinal) {
  *device = ordinal;
  return ordinal == 0 ? CUDA_SUCCESS : kNoDevice;
}

CUresult cuDeviceGetName(char* name, int length, CUdevice device) {
  std::strncpy(name, "Stand-in GPU", static_cast<std::size_t>(length));
  return CUDA_SUCCESS;
}

CUresult cuDeviceGetPCIBusId(char* place, int length, CUdevice device) {
  std::strncpy(place, "0000:AB:00.0", static_cast<std::size_t>(length));
  return CUDA_SUCCESS;
}

CUresult cuCtxCreate_v2(CUcontext* context, unsigned flags, CUdevice device) {
  static int any = 0;
  *context = reinterpret_cast<CUcontext>(&any);
  ++contexts;
  return CUDA_SUCCESS;
}

CUresult cuCtxPopCurrent_v2(CUcontext* context) {
  return CUDA_SUCCESS;
}

CUresult cuCtxDestroy_v2(CUcontext context) {
  --contexts;
  return CUDA_SUCCESS;
}

CUresult cuGetErrorName(CUresult error, const char** name) {
  *name = error == kNoDevice ? "CUDA_ERROR_NO_DEVICE" : "CUDA_ERROR_UNKNOWN";
  return CUDA_SUCCESS;
}

}  // extern "C"
