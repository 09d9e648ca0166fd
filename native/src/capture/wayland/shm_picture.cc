#include "capture/wayland/shm_picture.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace earthshine {
namespace {

constexpr int kLargestSide = 16'384;

Fault no_memory() {
  return Fault{std::string("Memory for the screen's picture could not be shared: ") +
               std::strerror(errno) + "."};
}

}  // namespace

std::optional<PixelOrder> order_of(std::uint32_t format) {
  switch (format) {
    case WL_SHM_FORMAT_XRGB8888:
    case WL_SHM_FORMAT_ARGB8888:
      return PixelOrder::kBgrx;
    case WL_SHM_FORMAT_XBGR8888:
    case WL_SHM_FORMAT_ABGR8888:
      return PixelOrder::kRgbx;
    default:
      return std::nullopt;
  }
}

Result<std::unique_ptr<ShmPicture>> ShmPicture::create(wl_shm* shm, const ShmFormat& format) {
  if (!order_of(format.format) || format.width <= 0 || format.height <= 0 ||
      format.width > kLargestSide || format.height > kLargestSide ||
      format.stride < 4 * format.width || format.stride > 8 * kLargestSide) {
    return Fault{"The compositor's picture has a form that cannot be read."};
  }
  std::unique_ptr<ShmPicture> picture(new ShmPicture(format));
  picture->size_ = static_cast<std::size_t>(format.stride) * format.height;
  const int descriptor = memfd_create("earthshine-screen", MFD_CLOEXEC);
  if (descriptor < 0) return no_memory();
  if (ftruncate(descriptor, static_cast<off_t>(picture->size_)) != 0) {
    ::close(descriptor);
    return no_memory();
  }
  void* memory = mmap(nullptr, picture->size_, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (memory != MAP_FAILED) {
    picture->memory_ = static_cast<std::uint8_t*>(memory);
    wl_shm_pool* pool =
        wl_shm_create_pool(shm, descriptor, static_cast<std::int32_t>(picture->size_));
    picture->buffer_ = wl_shm_pool_create_buffer(pool, 0, format.width, format.height,
                                                 format.stride, format.format);
    wl_shm_pool_destroy(pool);
  }
  ::close(descriptor);
  if (picture->memory_ == nullptr || picture->buffer_ == nullptr) return no_memory();
  return picture;
}

ShmPicture::~ShmPicture() {
  if (buffer_ != nullptr) wl_buffer_destroy(buffer_);
  if (memory_ != nullptr) munmap(memory_, size_);
}

BgrxView ShmPicture::view(bool inverted) const {
  BgrxView view{.pixels = memory_,
                .stride = format_.stride,
                .width = format_.width,
                .height = format_.height,
                .order = *order_of(format_.format),
                .patch = {}};
  if (inverted) {
    view.pixels += static_cast<std::ptrdiff_t>(format_.height - 1) * format_.stride;
    view.stride = -view.stride;
  }
  return view;
}

}  // namespace earthshine
