// The stand-in's surfaces, buffers and images.

#include <va/va.h>

#include <algorithm>

#include "driver.h"

using namespace earthshine::stand_in;

extern "C" {

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
  if (format != VA_RT_FORMAT_YUV420 && format != VA_RT_FORMAT_YUV420_10) {
    return gpu.wrong("a surface of another format");
  }
  const bool deep = format == VA_RT_FORMAT_YUV420_10;
  const auto fourcc = static_cast<int>(deep ? VA_FOURCC_P010 : VA_FOURCC_NV12);
  for (unsigned i = 0; i < attribute_count; ++i) {
    if (attributes[i].type == VASurfaceAttribPixelFormat && attributes[i].value.value.i != fourcc) {
      return gpu.wrong("a surface whose pixels are of another format");
    }
  }
  for (unsigned i = 0; i < count; ++i) {
    surfaces[i] = gpu.id();
    gpu.surfaces[surfaces[i]] =
        std::make_unique<Surface>(static_cast<int>(width), static_cast<int>(height), deep);
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
  image->format.fourcc = surface.deep ? VA_FOURCC_P010 : VA_FOURCC_NV12;
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
  if (format->fourcc != VA_FOURCC_NV12 && format->fourcc != VA_FOURCC_P010) {
    return VA_STATUS_ERROR_INVALID_IMAGE_FORMAT;
  }
  const VAImageID id = gpu.id();
  const VABufferID buffer = gpu.next_id++;
  auto& made = gpu.images[id];
  made.own = std::make_unique<Surface>(width, height, format->fourcc == VA_FOURCC_P010);
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
  if (target->second->deep != source->second.surface->deep) {
    return gpu.wrong("an image of another format than its surface");
  }
  target->second->memory = source->second.surface->memory;
  target->second->written = true;
  return VA_STATUS_SUCCESS;
}

}  // extern "C"
