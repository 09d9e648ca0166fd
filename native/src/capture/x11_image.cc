#include "capture/x11_image.h"

#include <utility>

namespace earthshine {

Result<std::unique_ptr<X11Image>> X11Image::create(const X11Connection& x11,
                                                   const X11PixelReader& reader, int width,
                                                   int height, bool share) {
  // The constructor is private.
  std::unique_ptr<X11Image> image(new X11Image(x11, reader, width, height));
  if (share) {
    auto shared = X11SharedMemory::create(x11, image->offset_of(height));
    if (shared) image->shared_.emplace(std::move(shared.value()));
    if (!x11.alive()) return x11.lost();
  }
  if (image->shared_ && reader.layout().is_bgrx()) {
    image->pixels_ = image->shared_->data();
  } else {
    image->own_.resize(4 * static_cast<std::size_t>(width) * height);
    image->pixels_ = image->own_.data();
  }
  return image;
}

std::size_t X11Image::offset_of(int row) const {
  return reader_.layout().row_bytes(width_) * row;
}

X11Image::Request X11Image::begin(int x, int y, int top, int rows) const {
  const auto left = static_cast<std::int16_t>(x), first = static_cast<std::int16_t>(y + top);
  const auto wide = static_cast<std::uint16_t>(width_), high = static_cast<std::uint16_t>(rows);
  constexpr std::uint32_t kAllPlanes = ~0U;
  const unsigned int sequence =
      shared_ ? xcb_shm_get_image(connection_.get(), connection_.root(), left, first, wide, high,
                                  kAllPlanes, XCB_IMAGE_FORMAT_Z_PIXMAP, shared_->segment(),
                                  static_cast<std::uint32_t>(offset_of(top)))
                    .sequence
              : xcb_get_image(connection_.get(), XCB_IMAGE_FORMAT_Z_PIXMAP, connection_.root(),
                              left, first, wide, high, kAllPlanes)
                    .sequence;
  return {.sequence = sequence, .top = top, .rows = rows};
}

bool X11Image::finish(const Request& request) const {
  return shared_ ? finish_shared(request) : finish_sent(request);
}

bool X11Image::finish_shared(const Request& request) const {
  xcb_generic_error_t* error = nullptr;
  const X11Reply<xcb_shm_get_image_reply_t> reply(
      xcb_shm_get_image_reply(connection_.get(), {request.sequence}, &error));
  const X11Reply<xcb_generic_error_t> owned(error);
  if (!reply) return false;
  if (!own_.empty()) convert(shared_->data() + offset_of(request.top), request);
  return true;
}

bool X11Image::finish_sent(const Request& request) const {
  xcb_generic_error_t* error = nullptr;
  const X11Reply<xcb_get_image_reply_t> reply(
      xcb_get_image_reply(connection_.get(), {request.sequence}, &error));
  const X11Reply<xcb_generic_error_t> owned(error);
  if (!reply ||
      static_cast<std::size_t>(xcb_get_image_data_length(reply.get())) < offset_of(request.rows)) {
    return false;
  }
  convert(xcb_get_image_data(reply.get()), request);
  return true;
}

void X11Image::convert(const std::uint8_t* source, const Request& rows) const {
  const std::size_t stride = 4 * static_cast<std::size_t>(width_);
  for (int row = 0; row < rows.rows; ++row) {
    reader_.read_row(source + offset_of(row), width_,
                     pixels_ + stride * static_cast<std::size_t>(rows.top + row));
  }
}

}  // namespace earthshine
