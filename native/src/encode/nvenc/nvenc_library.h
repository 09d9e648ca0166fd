#pragma once

// The driver's functions by the names that its own headers give them.
// clang-format off
#include <ffnvcodec/dynlink_cuda.h>
#include <ffnvcodec/nvEncodeAPI.h>
// clang-format on

#include <string>

#include "base/result.h"

namespace earthshine {

/// The functions of NVIDIA's driver that this host calls, found when an encoder is first tried:
/// libcuda.so.1 for a context on a GPU, libnvidia-encode.so.1 for the encoder.
struct NvencLibrary {
  tcuInit* init = nullptr;
  tcuDeviceGetCount* device_count = nullptr;
  tcuDeviceGet* device = nullptr;
  tcuDeviceGetName* device_name = nullptr;
  tcuDeviceGetPCIBusId* device_bus = nullptr;
  tcuCtxCreate_v2* create_context = nullptr;
  tcuCtxPopCurrent_v2* pop_context = nullptr;
  tcuCtxDestroy_v2* destroy_context = nullptr;
  tcuGetErrorName* error_name = nullptr;
  NV_ENCODE_API_FUNCTION_LIST encode{};

  /// The one of this process, loaded by the first call; a fault says what is missing, or that the
  /// driver is too old.
  static Result<const NvencLibrary*> get();

  /// "cuInit: CUDA_ERROR_NO_DEVICE"
  [[nodiscard]] Fault fault(const char* call, CUresult result) const;
};

/// "NvEncOpenEncodeSessionEx: unsupported device (2)", with the driver's own words where an
/// `encoder` has some.
Fault nvenc_fault(const NvencLibrary& library, void* encoder, const char* call, NVENCSTATUS status);

}  // namespace earthshine
