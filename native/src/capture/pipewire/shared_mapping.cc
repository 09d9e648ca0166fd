#include "capture/pipewire/shared_mapping.h"

#include <fcntl.h>
#include <linux/dma-buf.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

namespace earthshine {
namespace {

constexpr int kLongestFence = 100;

void synchronize(int device, std::uint64_t flags) {
  if (device < 0) return;
  dma_buf_sync sync{.flags = flags | DMA_BUF_SYNC_READ};
  while (ioctl(device, DMA_BUF_IOCTL_SYNC, &sync) < 0 && errno == EINTR) {
  }
}

std::size_t size_of_file(int descriptor) {
  // Behind a file's end a read ends the process. A file that cannot be sealed may still shrink:
  // then it is its owner's fault, and this process is started again.
  fcntl(descriptor, F_ADD_SEALS, F_SEAL_SHRINK);
  struct stat status {};
  if (fstat(descriptor, &status) != 0) return 0;
  return static_cast<std::size_t>(std::max<off_t>(status.st_size, 0));
}

std::size_t size_of_device(int descriptor) {
  const off_t end = lseek(descriptor, 0, SEEK_END);
  lseek(descriptor, 0, SEEK_SET);
  return static_cast<std::size_t>(std::max<off_t>(end, 0));
}

Fault not_mapped() {
  return Fault{std::string("A picture's memory could not be mapped: ") + std::strerror(errno) +
               "."};
}

}  // namespace

Result<std::shared_ptr<SharedMapping>> SharedMapping::map(int descriptor, std::size_t offset,
                                                          std::size_t size, bool device) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const std::size_t length_there = device ? size_of_device(descriptor) : size_of_file(descriptor);
  const std::size_t most = length_there - std::min(offset, length_there);
  // Producers leave a device's size out.
  size = device && size == 0 ? most : std::min(size, most);
  if (size == 0) return Fault{"A picture's memory is empty."};

  const std::size_t before = offset % page;
  const std::size_t length = (before + size + page - 1) / page * page;
  std::shared_ptr<SharedMapping> mapping(new SharedMapping);
  // The last page is nobody's: what is read behind the picture is read there.
  mapping->length_ = length + page;
  mapping->start_ = mmap(nullptr, mapping->length_, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapping->start_ == MAP_FAILED) {
    mapping->start_ = nullptr;
    return not_mapped();
  }
  if (mmap(mapping->start_, length, PROT_READ, MAP_SHARED | MAP_FIXED, descriptor,
           static_cast<off_t>(offset - before)) == MAP_FAILED) {
    return not_mapped();
  }
  mapping->bytes_ = {static_cast<const std::uint8_t*>(mapping->start_) + before, size};
  if (device) mapping->device_ = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
  return mapping;
}

SharedMapping::~SharedMapping() {
  if (start_ != nullptr) munmap(start_, length_);
  if (device_ >= 0) close(device_);
}

void SharedMapping::begin_reading() const {
  if (device_ < 0) return;
  pollfd fence{device_, POLLIN, 0};
  ::poll(&fence, 1, kLongestFence);
  synchronize(device_, DMA_BUF_SYNC_START);
}

void SharedMapping::end_reading() const {
  synchronize(device_, DMA_BUF_SYNC_END);
}

}  // namespace earthshine
