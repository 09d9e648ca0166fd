#include "encode/nvenc/nvenc_library.h"

#include "base/shared_library.h"

namespace earthshine {
namespace {

/// The first driver with this version of the interface.
constexpr const char* kFirstDriver = "530.41";

using MaxVersion = NVENCSTATUS NVENCAPI(std::uint32_t* version);
using CreateInstance = NVENCSTATUS NVENCAPI(NV_ENCODE_API_FUNCTION_LIST* functions);

Fault not_there(const std::string& reason) {
  return Fault{
      "NVENC cannot be used, because NVIDIA's driver is not installed, or without its "
      "part for video (" +
      reason +
      "). On Fedora that part is xorg-x11-drv-nvidia-cuda-libs; on Debian "
      "libnvidia-encode1."};
}

Result<NvencLibrary> load() {
  auto cuda = SharedLibrary::open("libcuda.so.1");
  if (!cuda) return not_there(cuda.fault().message);
  auto encode = SharedLibrary::open("libnvidia-encode.so.1");
  if (!encode) return not_there(encode.fault().message);

  NvencLibrary library;
  const SharedLibrary& from = cuda.value();
  MaxVersion* most = nullptr;
  CreateInstance* create = nullptr;
  const bool complete = from.find("cuInit", library.init) &&
                        from.find("cuDeviceGetCount", library.device_count) &&
                        from.find("cuDeviceGet", library.device) &&
                        from.find("cuDeviceGetName", library.device_name) &&
                        from.find("cuDeviceGetPCIBusId", library.device_bus) &&
                        from.find("cuCtxCreate_v2", library.create_context) &&
                        from.find("cuCtxPopCurrent_v2", library.pop_context) &&
                        from.find("cuCtxDestroy_v2", library.destroy_context) &&
                        from.find("cuGetErrorName", library.error_name) &&
                        encode.value().find("NvEncodeAPIGetMaxSupportedVersion", most) &&
                        encode.value().find("NvEncodeAPICreateInstance", create);
  if (!complete) return not_there("a function is missing in it");

  std::uint32_t version = 0;
  constexpr std::uint32_t kNeeded = NVENCAPI_MAJOR_VERSION << 4 | NVENCAPI_MINOR_VERSION;
  if (most(&version) != NV_ENC_SUCCESS || version < kNeeded) {
    return Fault{std::string("NVIDIA's driver is too old for this host: install version ") +
                 kFirstDriver + " or a newer one."};
  }
  library.encode.version = NV_ENCODE_API_FUNCTION_LIST_VER;
  if (const NVENCSTATUS status = create(&library.encode); status != NV_ENC_SUCCESS) {
    return nvenc_fault(library, nullptr, "NvEncodeAPICreateInstance", status);
  }
  return library;
}

const char* name_of(NVENCSTATUS status) {
  switch (status) {
    case NV_ENC_ERR_NO_ENCODE_DEVICE:
      return "the GPU has no encoder";
    case NV_ENC_ERR_UNSUPPORTED_DEVICE:
      return "the driver does not let this GPU encode";
    case NV_ENC_ERR_DEVICE_NOT_EXIST:
      return "the GPU is gone";
    case NV_ENC_ERR_OUT_OF_MEMORY:
      return "no memory, or as many streams as this GPU may encode";
    case NV_ENC_ERR_INVALID_VERSION:
      return "another version of the interface";
    case NV_ENC_ERR_INVALID_PARAM:
    case NV_ENC_ERR_UNSUPPORTED_PARAM:
      return "settings that this GPU does not take";
    case NV_ENC_ERR_INCOMPATIBLE_CLIENT_KEY:
      return "as many streams as this GPU may encode";
    default:
      return "an error";
  }
}

}  // namespace

Result<const NvencLibrary*> NvencLibrary::get() {
  static const Result<NvencLibrary> loaded = load();
  if (!loaded) return loaded.fault();
  return &loaded.value();
}

Fault NvencLibrary::fault(const char* call, CUresult result) const {
  const char* name = nullptr;
  error_name(result, &name);
  return Fault{std::string(call) + ": " + (name != nullptr ? name : "unknown error") + "."};
}

Fault nvenc_fault(const NvencLibrary& library, void* encoder, const char* call,
                  NVENCSTATUS status) {
  std::string message =
      std::string(call) + ": " + name_of(status) + " (" + std::to_string(status) + ")";
  if (encoder != nullptr && library.encode.nvEncGetLastErrorString != nullptr) {
    const char* words = library.encode.nvEncGetLastErrorString(encoder);
    if (words != nullptr && *words != '\0') message += std::string(", ") + words;
  }
  return Fault{message + "."};
}

}  // namespace earthshine
