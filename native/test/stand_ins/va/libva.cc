// A stand-in of libva.so.2 with a GPU's driver behind it: it encodes without loss, complains of
// calls in a wrong order or with structures that do not fit together, and misbehaves on order.
//
//   EARTHSHINE_STAND_IN_VA=WORD[=NUMBER],…   no variable: there is no driver
//     no-cbr no-hevc only-b no-headers no-derive no-sync-buffer low-power one-slice
//     refuse-context  slow=MILLISECONDS
//     timeout=FRAME (the GPU does not finish it)  hang=FRAME  crash=FRAME  lost=FRAME (and later)

#include <va/va.h>

#include <chrono>
#include <csignal>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "../orders.h"
#include "facts.h"
#include "h264.h"
#include "hevc.h"
#include "objects.h"

namespace {

using namespace earthshine::stand_in;

struct Context {
  VAProfile profile = VAProfileNone;
  int width = 0, height = 0;
  VASurfaceID target = VA_INVALID_SURFACE;
  bool begun = false;
  std::vector<VABufferID> rendered{};
};

/// Everything of this process's GPU.
struct Driver {
  std::mutex mutex;
  Orders orders{"EARTHSHINE_STAND_IN_VA"};
  bool started = false;
  VAMessageCallback complain = nullptr;
  void* complain_to = nullptr;
  VAGenericID next_id = 1;
  std::map<VAGenericID, VAProfile> configs;
  std::map<VAGenericID, std::unique_ptr<Surface>> surfaces;
  std::map<VAGenericID, Context> contexts;
  std::map<VAGenericID, std::unique_ptr<Buffer>> buffers;
  /// derived and other images: the surface, or memory of their own
  struct Image {
    Surface* surface = nullptr;
    std::unique_ptr<Surface> own;
  };
  std::map<VAGenericID, Image> images;
  std::map<VAGenericID, VAGenericID> image_of_buffer;
  VaFacts facts;

  VAStatus wrong(const std::string& what) {
    if (complain != nullptr) complain(complain_to, ("stand-in: " + what + "\n").c_str());
    return VA_STATUS_ERROR_INVALID_PARAMETER;
  }
  VAGenericID id() {
    ++facts.objects;
    return next_id++;
  }
  /// Whether the frame at work is the one that an order names.
  bool is(const char* word) const {
    return orders.has(word) && facts.frames == orders.number(word);
  }
  bool lost() const { return orders.has("lost") && facts.frames >= orders.number("lost"); }
};

Driver& driver() {
  static Driver the;
  return the;
}

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
                     (profile == VAProfileHEVCMain && !driver().orders.has("no-hevc"));
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

VAStatus vaQuerySurfaceAttributes(VADisplay display, VAConfigID config, VASurfaceAttrib* list,
                                  unsigned* count) {
  *count = 0;
  return VA_STATUS_SUCCESS;
}

VAStatus vaCreateSurfaces(VADisplay display, unsigned format, unsigned width, unsigned height,
                          VASurfaceID* surfaces, unsigned count, VASurfaceAttrib* attributes,
                          unsigned attribute_count) {
  Driver& gpu = driver();
  const std::lock_guard lock(gpu.mutex);
  if (format != VA_RT_FORMAT_YUV420) return gpu.wrong("a surface of another format");
  for (unsigned i = 0; i < count; ++i) {
    surfaces[i] = gpu.id();
    gpu.surfaces[surfaces[i]] =
        std::make_unique<Surface>(static_cast<int>(width), static_cast<int>(height));
  }
  return VA_STATUS_SUCCESS;
}

VAStatus vaDestroySurfaces(VADisplay display, VASurfaceID* surfaces, int count) {
  Driver& gpu = driver();
  const std::lock_guard lock(gpu.mutex);
  for (int i = 0; i < count; ++i) {
    gpu.facts.objects -= static_cast<int>(gpu.surfaces.erase(surfaces[i]));
  }
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

VAStatus vaCreateBuffer(VADisplay display, VAContextID context, VABufferType type, unsigned size,
                        unsigned count, void* data, VABufferID* id) {
  Driver& gpu = driver();
  const std::lock_guard lock(gpu.mutex);
  if (gpu.lost()) return VA_STATUS_ERROR_OPERATION_FAILED;
  auto buffer = std::make_unique<Buffer>();
  buffer->type = type;
  buffer->bytes.resize(std::size_t{size} * count);
  if (data != nullptr) std::copy_n(static_cast<std::uint8_t*>(data), size, buffer->bytes.data());
  *id = gpu.id();
  gpu.buffers[*id] = std::move(buffer);
  return VA_STATUS_SUCCESS;
}

VAStatus vaDestroyBuffer(VADisplay display, VABufferID id) {
  Driver& gpu = driver();
  const std::lock_guard lock(gpu.mutex);
  if (gpu.buffers.erase(id) == 0) return gpu.wrong("a buffer is destroyed twice");
  --gpu.facts.objects;
  return VA_STATUS_SUCCESS;
}

VAStatus vaMapBuffer(VADisplay display, VABufferID id, void** memory) {
  Driver& gpu = driver();
  const std::lock_guard lock(gpu.mutex);
  if (const auto image = gpu.image_of_buffer.find(id); image != gpu.image_of_buffer.end()) {
    *memory = gpu.images[image->second].surface->memory.data();
    return VA_STATUS_SUCCESS;
  }
  const auto found = gpu.buffers.find(id);
  if (found == gpu.buffers.end()) return gpu.wrong("a buffer that is not there");
  Buffer& buffer = *found->second;
  if (buffer.type != VAEncCodedBufferType || !buffer.ready) return gpu.wrong("nothing to map");
  // In two parts.
  const std::size_t half = buffer.coded.size() / 2;
  auto& [first, second] = buffer.segments;
  first = second = {};
  first.size = static_cast<std::uint32_t>(half);
  first.buf = buffer.coded.data();
  first.next = &second;
  second.size = static_cast<std::uint32_t>(buffer.coded.size() - half);
  second.buf = buffer.coded.data() + half;
  *memory = buffer.segments;
  return VA_STATUS_SUCCESS;
}

VAStatus vaUnmapBuffer(VADisplay display, VABufferID id) {
  Driver& gpu = driver();
  const std::lock_guard lock(gpu.mutex);
  if (const auto image = gpu.image_of_buffer.find(id); image != gpu.image_of_buffer.end()) {
    gpu.images[image->second].surface->written = true;
  }
  return VA_STATUS_SUCCESS;
}

static void describe(VAImage* image, VAImageID id, VABufferID buffer, const Surface& surface) {
  *image = {};
  image->image_id = id;
  image->format.fourcc = VA_FOURCC_NV12;
  image->buf = buffer;
  image->width = static_cast<std::uint16_t>(surface.width);
  image->height = static_cast<std::uint16_t>(surface.height);
  image->num_planes = 2;
  image->pitches[0] = image->pitches[1] = static_cast<std::uint32_t>(surface.stride);
  image->offsets[1] =
      static_cast<std::uint32_t>(surface.stride * static_cast<std::size_t>(surface.height));
  image->data_size = static_cast<std::uint32_t>(surface.memory.size());
}

VAStatus vaDeriveImage(VADisplay display, VASurfaceID id, VAImage* image) {
  Driver& gpu = driver();
  const std::lock_guard lock(gpu.mutex);
  if (gpu.orders.has("no-derive")) return VA_STATUS_ERROR_OPERATION_FAILED;
  if (gpu.lost()) return VA_STATUS_ERROR_OPERATION_FAILED;
  const auto found = gpu.surfaces.find(id);
  if (found == gpu.surfaces.end()) return gpu.wrong("a surface that is not there");
  const VAImageID image_id = gpu.id();
  const VABufferID buffer = gpu.next_id++;
  gpu.images[image_id].surface = found->second.get();
  gpu.image_of_buffer[buffer] = image_id;
  describe(image, image_id, buffer, *found->second);
  return VA_STATUS_SUCCESS;
}

VAStatus vaCreateImage(VADisplay display, VAImageFormat* format, int width, int height,
                       VAImage* image) {
  Driver& gpu = driver();
  const std::lock_guard lock(gpu.mutex);
  if (format->fourcc != VA_FOURCC_NV12) return VA_STATUS_ERROR_INVALID_IMAGE_FORMAT;
  const VAImageID id = gpu.id();
  const VABufferID buffer = gpu.next_id++;
  auto& made = gpu.images[id];
  made.own = std::make_unique<Surface>(width, height);
  made.surface = made.own.get();
  gpu.image_of_buffer[buffer] = id;
  describe(image, id, buffer, *made.surface);
  return VA_STATUS_SUCCESS;
}

VAStatus vaDestroyImage(VADisplay display, VAImageID id) {
  Driver& gpu = driver();
  const std::lock_guard lock(gpu.mutex);
  gpu.facts.objects -= static_cast<int>(gpu.images.erase(id));
  std::erase_if(gpu.image_of_buffer, [&](const auto& pair) { return pair.second == id; });
  return VA_STATUS_SUCCESS;
}

VAStatus vaPutImage(VADisplay display, VASurfaceID surface, VAImageID image, int from_x, int from_y,
                    unsigned from_width, unsigned from_height, int x, int y, unsigned width,
                    unsigned height) {
  Driver& gpu = driver();
  const std::lock_guard lock(gpu.mutex);
  const auto target = gpu.surfaces.find(surface);
  const auto source = gpu.images.find(image);
  if (target == gpu.surfaces.end() || source == gpu.images.end()) {
    return gpu.wrong("an image or a surface that is not there");
  }
  target->second->memory = source->second.surface->memory;
  target->second->written = true;
  return VA_STATUS_SUCCESS;
}

VAStatus vaBeginPicture(VADisplay display, VAContextID id, VASurfaceID target) {
  Driver& gpu = driver();
  const std::lock_guard lock(gpu.mutex);
  const auto context = gpu.contexts.find(id);
  const auto surface = gpu.surfaces.find(target);
  if (context == gpu.contexts.end() || surface == gpu.surfaces.end()) {
    return gpu.wrong("a picture of no context or surface");
  }
  if (context->second.begun) return gpu.wrong("a picture is begun before the last one ended");
  if (!surface->second->written) return gpu.wrong("a picture that nobody has written");
  context->second.begun = true;
  context->second.target = target;
  context->second.rendered.clear();
  return VA_STATUS_SUCCESS;
}

VAStatus vaRenderPicture(VADisplay display, VAContextID id, VABufferID* buffers, int count) {
  Driver& gpu = driver();
  const std::lock_guard lock(gpu.mutex);
  const auto context = gpu.contexts.find(id);
  if (context == gpu.contexts.end() || !context->second.begun) {
    return gpu.wrong("parameters of a picture that was not begun");
  }
  context->second.rendered.insert(context->second.rendered.end(), buffers, buffers + count);
  return VA_STATUS_SUCCESS;
}

static void note_rate(Driver& gpu, const Buffer& buffer) {
  const auto* misc = reinterpret_cast<const VAEncMiscParameterBuffer*>(buffer.bytes.data());
  VaFacts& facts = gpu.facts;
  if (misc->type == VAEncMiscParameterTypeRateControl) {
    const auto* rate = reinterpret_cast<const VAEncMiscParameterRateControl*>(misc->data);
    facts.bits_per_second = rate->bits_per_second;
    facts.least_quantizer = rate->min_qp;
    facts.filler = rate->rc_flags.bits.disable_bit_stuffing == 0;
    facts.rate_told_at = facts.frames;
  } else if (misc->type == VAEncMiscParameterTypeHRD) {
    facts.buffer_bits = reinterpret_cast<const VAEncMiscParameterHRD*>(misc->data)->buffer_size;
  } else if (misc->type == VAEncMiscParameterTypeFrameRate) {
    const auto* rate = reinterpret_cast<const VAEncMiscParameterFrameRate*>(misc->data);
    facts.rate_numerator = rate->framerate & 0xFFFF;
    facts.rate_denominator = rate->framerate >> 16;
  }
}

VAStatus vaEndPicture(VADisplay display, VAContextID id) {
  Driver& gpu = driver();
  const std::lock_guard lock(gpu.mutex);
  const auto found = gpu.contexts.find(id);
  if (found == gpu.contexts.end() || !found->second.begun) {
    return gpu.wrong("a picture is ended that was not begun");
  }
  Context& context = found->second;
  context.begun = false;
  ++gpu.facts.frames;
  if (gpu.is("crash")) std::raise(SIGSEGV);
  if (gpu.lost()) return VA_STATUS_ERROR_OPERATION_FAILED;
  Task task{.input = gpu.surfaces[context.target].get()};
  for (const VABufferID each : context.rendered) {
    const auto buffer = gpu.buffers.find(each);
    if (buffer == gpu.buffers.end()) return gpu.wrong("a parameter that is not there");
    if (buffer->second->type == VAEncMiscParameterBufferType) note_rate(gpu, *buffer->second);
    task.parameters.push_back(buffer->second.get());
  }
  const FindSurface surface = [&](VASurfaceID which) -> const Surface* {
    const auto place = gpu.surfaces.find(which);
    return place == gpu.surfaces.end() ? nullptr : place->second.get();
  };
  Verdict verdict = context.profile == VAProfileHEVCMain ? encode_hevc(task, surface, gpu.facts)
                                                         : encode_h264(task, surface, gpu.facts);
  if (verdict.complaint != nullptr) return gpu.wrong(verdict.complaint);
  const auto coded = gpu.buffers.find(verdict.coded);
  if (coded == gpu.buffers.end() || coded->second->type != VAEncCodedBufferType) {
    return gpu.wrong("no buffer for what is encoded");
  }
  gpu.surfaces[verdict.reconstructed]->memory = std::move(verdict.reconstruction);
  coded->second->coded = std::move(verdict.stream);
  coded->second->ready = true;
  return VA_STATUS_SUCCESS;
}

static VAStatus wait_for_frame(std::uint64_t timeout) {
  Driver& gpu = driver();
  int slow = 0;
  {
    const std::lock_guard lock(gpu.mutex);
    if (gpu.lost()) return VA_STATUS_ERROR_ENCODING_ERROR;
    if (gpu.is("timeout")) return VA_STATUS_ERROR_TIMEDOUT;
    if (gpu.is("hang")) slow = -1;
    if (slow == 0) slow = gpu.orders.number("slow");
  }
  while (slow < 0) std::this_thread::sleep_for(std::chrono::hours(1));
  if (slow > 0) std::this_thread::sleep_for(std::chrono::milliseconds(slow));
  return VA_STATUS_SUCCESS;
}

VAStatus vaSyncBuffer(VADisplay display, VABufferID id, std::uint64_t timeout) {
  if (driver().orders.has("no-sync-buffer")) return VA_STATUS_ERROR_UNIMPLEMENTED;
  return wait_for_frame(timeout);
}

VAStatus vaSyncSurface(VADisplay display, VASurfaceID id) {
  return wait_for_frame(VA_TIMEOUT_INFINITE);
}

}  // extern "C"
