// A stand-in of libva.so.2 with a GPU's driver behind it: it encodes without loss, complains of
// calls in a wrong order or with structures that do not fit together, and misbehaves on order
// (driver.h). Here: what it says of itself, configurations and contexts.

#include <va/va.h>

#include "driver.h"

namespace earthshine::stand_in {

Driver& driver() {
  static Driver the;
  return the;
}

}  // namespace earthshine::stand_in

using namespace earthshine::stand_in;

namespace {

constexpr int kWidestPicture = 4096;

}  // namespace

extern "C" {

const VaFacts* va_stand_in_facts() {
  return &driver().facts;
}

VAStatus vaInitialize(VADisplay display, int* major, int* minor) {
  Driver& gpu = driver();
  const std::lock_guard lock(gpu.mutex);
  gpu.orders = Orders("EARTHSHINE_STAND_IN_VA");
  if (!gpu.orders.present()) return static_cast<VAStatus>(VA_STATUS_ERROR_UNKNOWN);
  gpu.started = true;
  gpu.facts.frames = gpu.facts.idr_frames = 0;
  gpu.facts.low_power = false;
  *major = 1;
  *minor = 17;
  return VA_STATUS_SUCCESS;
}

VAStatus vaTerminate(VADisplay display) {
  return VA_STATUS_SUCCESS;
}

const char* vaErrorStr(VAStatus status) {
  switch (status) {
    case VA_STATUS_SUCCESS:
      return "success (no error)";
    case VA_STATUS_ERROR_INVALID_PARAMETER:
      return "invalid parameter";
    case VA_STATUS_ERROR_ALLOCATION_FAILED:
      return "resource allocation failed";
    case VA_STATUS_ERROR_ENCODING_ERROR:
      return "internal encoding error";
    default:
      return status == static_cast<VAStatus>(VA_STATUS_ERROR_UNKNOWN) ? "unknown libva error"
                                                                      : "another error";
  }
}

const char* vaQueryVendorString(VADisplay display) {
  return "Stand-in driver 1.0";
}

VAMessageCallback vaSetErrorCallback(VADisplay display, VAMessageCallback callback, void* user) {
  driver().complain = callback;
  driver().complain_to = user;
  return nullptr;
}

VAMessageCallback vaSetInfoCallback(VADisplay display, VAMessageCallback callback, void* user) {
  return nullptr;
}

int vaMaxNumEntrypoints(VADisplay display) {
  return 4;
}

VAStatus vaQueryConfigEntrypoints(VADisplay display, VAProfile profile, VAEntrypoint* list,
                                  int* count) {
  const bool known = profile == VAProfileH264High ||
                     (profile == VAProfileHEVCMain && !driver().orders.has("no-hevc")) ||
                     (profile == VAProfileHEVCMain10 && !driver().orders.has("no-10-bit"));
  if (!known) return VA_STATUS_ERROR_UNSUPPORTED_PROFILE;
  *count = 0;
  list[(*count)++] = VAEntrypointVLD;
  list[(*count)++] = VAEntrypointEncSlice;
  if (driver().orders.has("low-power")) list[(*count)++] = VAEntrypointEncSliceLP;
  return VA_STATUS_SUCCESS;
}

VAStatus vaGetConfigAttributes(VADisplay display, VAProfile profile, VAEntrypoint entrypoint,
                               VAConfigAttrib* list, int count) {
  const Orders& orders = driver().orders;
  for (int i = 0; i < count; ++i) {
    switch (list[i].type) {
      case VAConfigAttribRateControl:
        list[i].value = orders.has("no-cbr") ? VA_RC_CQP : VA_RC_CQP | VA_RC_CBR;
        break;
      case VAConfigAttribEncPackedHeaders:
        list[i].value = VA_ENC_PACKED_HEADER_SEQUENCE | VA_ENC_PACKED_HEADER_PICTURE |
                        VA_ENC_PACKED_HEADER_SLICE | VA_ENC_PACKED_HEADER_RAW_DATA;
        if (orders.has("no-headers")) list[i].value = VA_ENC_PACKED_HEADER_NONE;
        break;
      case VAConfigAttribEncMaxSlices:
        list[i].value = orders.has("one-slice") ? 1 : 32;
        break;
      case VAConfigAttribEncSliceStructure:
        list[i].value = VA_ENC_SLICE_STRUCTURE_ARBITRARY_ROWS;
        break;
      case VAConfigAttribPredictionDirection:
        list[i].value = VA_PREDICTION_DIRECTION_PREVIOUS |
                        (orders.has("only-b") ? VA_PREDICTION_DIRECTION_BI_NOT_EMPTY : 0);
        break;
      case VAConfigAttribEncHEVCBlockSizes: {
        // Blocks of 32 and nothing smaller: what the stand-in writes.
        VAConfigAttribValEncHEVCBlockSizes sizes{};
        sizes.bits.log2_max_coding_tree_block_size_minus3 = 2;
        sizes.bits.log2_min_coding_tree_block_size_minus3 = 2;
        sizes.bits.log2_min_luma_coding_block_size_minus3 = 2;
        sizes.bits.log2_max_luma_transform_block_size_minus2 = 3;
        list[i].value = sizes.value;
        break;
      }
      case VAConfigAttribMaxPictureWidth:
      case VAConfigAttribMaxPictureHeight:
        list[i].value = kWidestPicture;
        break;
      default:
        list[i].value = VA_ATTRIB_NOT_SUPPORTED;
    }
  }
  return VA_STATUS_SUCCESS;
}

VAStatus vaCreateConfig(VADisplay display, VAProfile profile, VAEntrypoint entrypoint,
                        VAConfigAttrib* list, int count, VAConfigID* id) {
  Driver& gpu = driver();
  const std::lock_guard lock(gpu.mutex);
  bool constant = false;
  for (int i = 0; i < count; ++i) {
    if (list[i].type == VAConfigAttribRateControl) constant = list[i].value == VA_RC_CBR;
  }
  if (!constant) return gpu.wrong("a configuration without a constant bitrate");
  *id = gpu.id();
  gpu.configs[*id] = profile;
  gpu.facts.low_power = entrypoint == VAEntrypointEncSliceLP;
  return VA_STATUS_SUCCESS;
}

VAStatus vaDestroyConfig(VADisplay display, VAConfigID id) {
  Driver& gpu = driver();
  const std::lock_guard lock(gpu.mutex);
  gpu.facts.objects -= static_cast<int>(gpu.configs.erase(id));
  return VA_STATUS_SUCCESS;
}

VAStatus vaCreateContext(VADisplay display, VAConfigID config, int width, int height, int flag,
                         VASurfaceID* targets, int count, VAContextID* id) {
  Driver& gpu = driver();
  const std::lock_guard lock(gpu.mutex);
  if (gpu.orders.has("refuse-context")) return VA_STATUS_ERROR_ALLOCATION_FAILED;
  if (!gpu.configs.contains(config)) return gpu.wrong("a context without a configuration");
  if (width % 16 != 0 || height % 16 != 0) return gpu.wrong("a size that is not in macroblocks");
  *id = gpu.id();
  gpu.contexts[*id] = {.profile = gpu.configs[config], .width = width, .height = height};
  return VA_STATUS_SUCCESS;
}

VAStatus vaDestroyContext(VADisplay display, VAContextID id) {
  Driver& gpu = driver();
  const std::lock_guard lock(gpu.mutex);
  gpu.facts.objects -= static_cast<int>(gpu.contexts.erase(id));
  return VA_STATUS_SUCCESS;
}

}  // extern "C"
