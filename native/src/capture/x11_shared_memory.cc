#include "capture/x11_shared_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace earthshine {
namespace {

Fault no_memory(int error) {
  return {std::string("No memory to share with the X server: ") + std::strerror(error)};
}

}  // namespace

bool X11SharedMemory::is_offered(const X11Connection& x11) {
  const auto* extension = xcb_get_extension_data(x11.get(), &xcb_shm_id);
  if (extension == nullptr || extension->present == 0) return false;
  const X11Reply<xcb_shm_query_version_reply_t> version(
      xcb_shm_query_version_reply(x11.get(), xcb_shm_query_version(x11.get()), nullptr));
  // 1.2 attaches by file descriptor: nothing is left behind after a crash, and containers with IPC
  // namespaces of their own work.
  return version && (version->major_version > 1 || version->minor_version >= 2);
}

Result<X11SharedMemory> X11SharedMemory::create(const X11Connection& x11, std::size_t size) {
  const int descriptor = memfd_create("earthshine-x11", MFD_CLOEXEC);
  if (descriptor < 0 || ftruncate(descriptor, static_cast<off_t>(size)) != 0) {
    const int error = errno;
    if (descriptor >= 0) ::close(descriptor);
    return no_memory(error);
  }
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (memory == MAP_FAILED) {
    const int error = errno;
    ::close(descriptor);
    return no_memory(error);
  }
  const xcb_shm_seg_t segment = xcb_generate_id(x11.get());
  // XCB closes the descriptor after sending it.
  const X11Reply<xcb_generic_error_t> error(
      xcb_request_check(x11.get(), xcb_shm_attach_fd_checked(x11.get(), segment, descriptor, 0)));
  if (error || !x11.alive()) {
    munmap(memory, size);
    if (!x11.alive()) return x11.lost();
    return Fault{"The X server " + x11.display() + " refused shared memory."};
  }
  return X11SharedMemory(x11, static_cast<std::uint8_t*>(memory), size, segment);
}

X11SharedMemory::~X11SharedMemory() {
  if (memory_ == nullptr) return;
  xcb_shm_detach(connection_.get(), segment_);
  munmap(memory_, size_);
}

}  // namespace earthshine
