#include "capture/x11_image.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace earthshine {
namespace {

std::size_t bytes(int width, int height) {
  return 4 * static_cast<std::size_t>(width) * height;
}

}  // namespace

Result<bool> x11_can_share_images(const X11Connection& x11) {
  xcb_connection_t* connection = x11.get();
  const auto* extension = xcb_get_extension_data(connection, &xcb_shm_id);
  const X11Reply<xcb_shm_query_version_reply_t> version(
      extension != nullptr && extension->present != 0
          ? xcb_shm_query_version_reply(connection, xcb_shm_query_version(connection), nullptr)
          : nullptr);
  // 1.2 attaches by file descriptor: nothing is left behind after a crash, and containers with IPC
  // namespaces of their own work.
  if (!version || (version->major_version == 1 && version->minor_version < 2)) {
    return Fault{"The X server " + x11.display() +
                 " offers no MIT-SHM 1.2: it must be local and of this decade."};
  }
  const xcb_setup_t* setup = xcb_get_setup(connection);
  int bits = 0;
  for (auto format = xcb_setup_pixmap_formats_iterator(setup); format.rem > 0;
       xcb_format_next(&format)) {
    if (format.data->depth == x11.screen().root_depth) bits = format.data->bits_per_pixel;
  }
  std::uint32_t red = 0;
  for (auto depth = xcb_screen_allowed_depths_iterator(&x11.screen()); depth.rem > 0;
       xcb_depth_next(&depth)) {
    for (auto visual = xcb_depth_visuals_iterator(depth.data); visual.rem > 0;
         xcb_visualtype_next(&visual)) {
      if (visual.data->visual_id == x11.screen().root_visual) red = visual.data->red_mask;
    }
  }
  if (bits != 32 || red != 0xFF0000 || x11.screen().root_depth < 24 ||
      setup->image_byte_order != XCB_IMAGE_ORDER_LSB_FIRST) {
    return Fault{"The X server " + x11.display() +
                 " does not use 24-bit colour with 8 bits each; start it with depth 24."};
  }
  return true;
}

Result<std::unique_ptr<X11Image>> X11Image::create(const X11Connection& x11, int width,
                                                   int height) {
  const auto size = bytes(width, height);
  const int descriptor = memfd_create("earthshine-x11", MFD_CLOEXEC);
  if (descriptor < 0 || ftruncate(descriptor, static_cast<off_t>(size)) != 0) {
    const int error = errno;
    if (descriptor >= 0) ::close(descriptor);
    return Fault{std::string("No memory to share with the X server: ") + std::strerror(error)};
  }
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (memory == MAP_FAILED) {
    const int error = errno;
    ::close(descriptor);
    return Fault{std::string("No memory to share with the X server: ") + std::strerror(error)};
  }
  const xcb_shm_seg_t segment = xcb_generate_id(x11.get());
  // XCB closes the descriptor after sending it.
  const X11Reply<xcb_generic_error_t> error(
      xcb_request_check(x11.get(), xcb_shm_attach_fd_checked(x11.get(), segment, descriptor, 0)));
  if (error || !x11.alive()) {
    munmap(memory, size);
    if (!x11.alive()) return x11.lost();
    return Fault{"The X server " + x11.display() + " refused shared memory: it must be local."};
  }
  return std::unique_ptr<X11Image>(
      new X11Image(x11, width, height, static_cast<std::uint8_t*>(memory), segment));
}

X11Image::~X11Image() {
  xcb_shm_detach(connection_.get(), segment_);
  munmap(pixels_, bytes(width_, height_));
}

xcb_shm_get_image_cookie_t X11Image::begin(int x, int y, int top, int rows) const {
  return xcb_shm_get_image(connection_.get(), connection_.root(), static_cast<std::int16_t>(x),
                           static_cast<std::int16_t>(y + top), static_cast<std::uint16_t>(width_),
                           static_cast<std::uint16_t>(rows), ~0U, XCB_IMAGE_FORMAT_Z_PIXMAP,
                           segment_, static_cast<std::uint32_t>(bytes(width_, top)));
}

bool X11Image::finish(xcb_shm_get_image_cookie_t cookie) const {
  xcb_generic_error_t* error = nullptr;
  const X11Reply<xcb_shm_get_image_reply_t> reply(
      xcb_shm_get_image_reply(connection_.get(), cookie, &error));
  const X11Reply<xcb_generic_error_t> owned(error);
  return reply != nullptr;
}

}  // namespace earthshine
