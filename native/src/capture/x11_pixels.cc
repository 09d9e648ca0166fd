#include "capture/x11_pixels.h"

#include <bit>
#include <cstring>
#include <optional>
#include <string>

namespace earthshine {
namespace {

std::optional<xcb_visualtype_t> root_visual(const X11Connection& x11) {
  for (auto depth = xcb_screen_allowed_depths_iterator(&x11.screen()); depth.rem > 0;
       xcb_depth_next(&depth)) {
    for (auto visual = xcb_depth_visuals_iterator(depth.data); visual.rem > 0;
         xcb_visualtype_next(&visual)) {
      if (visual.data->visual_id == x11.screen().root_visual) return *visual.data;
    }
  }
  return std::nullopt;
}

bool is_whole(std::uint32_t mask) {
  return mask != 0 && std::has_single_bit((std::uint64_t{mask} >> std::countr_zero(mask)) + 1);
}

}  // namespace

std::size_t X11PixelLayout::row_bytes(int width) const {
  const auto bits = static_cast<std::size_t>(width) * bits_per_pixel;
  const auto pad = static_cast<std::size_t>(scanline_pad);
  return (bits + pad - 1) / pad * pad / 8;
}

bool X11PixelLayout::is_bgrx() const {
  return *this == X11PixelLayout{};
}

Result<X11PixelLayout> x11_pixel_layout(const X11Connection& x11) {
  const xcb_setup_t* setup = xcb_get_setup(x11.get());
  X11PixelLayout layout{
      .bits_per_pixel = 0,
      .most_significant_byte_first = setup->image_byte_order == XCB_IMAGE_ORDER_MSB_FIRST};
  for (auto format = xcb_setup_pixmap_formats_iterator(setup); format.rem > 0;
       xcb_format_next(&format)) {
    if (format.data->depth != x11.screen().root_depth) continue;
    layout.bits_per_pixel = format.data->bits_per_pixel;
    layout.scanline_pad = format.data->scanline_pad;
  }
  const auto visual = root_visual(x11);
  const bool colours = visual && (visual->_class == XCB_VISUAL_CLASS_TRUE_COLOR ||
                                  visual->_class == XCB_VISUAL_CLASS_DIRECT_COLOR);
  if (colours) {
    layout.red = visual->red_mask;
    layout.green = visual->green_mask;
    layout.blue = visual->blue_mask;
  }
  const int bits = layout.bits_per_pixel;
  if (!colours || !is_whole(layout.red) || !is_whole(layout.green) || !is_whole(layout.blue) ||
      (bits != 8 && bits != 16 && bits != 24 && bits != 32)) {
    return Fault{"The X server " + x11.display() + " shows " +
                 std::to_string(x11.screen().root_depth) +
                 " bits a pixel by a palette, which cannot be streamed; start it with depth 24."};
  }
  return layout;
}

X11PixelReader::Channel::Channel(std::uint32_t mask)
    : shift(std::countr_zero(mask)), bits(std::popcount(mask)) {
  if (bits >= 8) return;
  const std::uint32_t most = (1U << bits) - 1;
  for (std::uint32_t value = 0; value <= most; ++value) {
    stretched[value] = static_cast<std::uint8_t>((value * 255 + most / 2) / most);
  }
}

std::uint32_t X11PixelReader::Channel::of(std::uint32_t pixel) const {
  if (bits >= 8) return (pixel >> upper()) & 0xFF;
  return stretched[(pixel >> shift) & ((1U << bits) - 1)];
}

X11PixelReader::X11PixelReader(const X11PixelLayout& layout)
    : layout_(layout), red_(layout.red), green_(layout.green), blue_(layout.blue) {
  if (layout.bits_per_pixel > 16) return;
  values_.resize(std::size_t{1} << layout.bits_per_pixel);
  for (std::uint32_t pixel = 0; pixel < values_.size(); ++pixel) values_[pixel] = bgrx(pixel);
}

std::uint32_t X11PixelReader::bgrx(std::uint32_t pixel) const {
  return red_.of(pixel) << 16 | green_.of(pixel) << 8 | blue_.of(pixel);
}

void X11PixelReader::read_deep_pixels(const std::uint8_t* source, int width,
                                      std::uint8_t* target) const {
  const int red = red_.upper(), green = green_.upper(), blue = blue_.upper();
  for (int x = 0; x < width; ++x) {
    std::uint32_t pixel;
    std::memcpy(&pixel, source + 4 * static_cast<std::size_t>(x), sizeof pixel);
    pixel = (pixel >> red & 0xFF) << 16 | (pixel >> green & 0xFF) << 8 | (pixel >> blue & 0xFF);
    std::memcpy(target + 4 * static_cast<std::size_t>(x), &pixel, sizeof pixel);
  }
}

template <int Bytes>
void X11PixelReader::read_pixels(const std::uint8_t* source, int width,
                                 std::uint8_t* target) const {
  const bool swapped = layout_.most_significant_byte_first;
  for (int x = 0; x < width; ++x, source += Bytes, target += 4) {
    std::uint32_t pixel = 0;
    for (int i = 0; i < Bytes; ++i) {
      pixel |= std::uint32_t{source[i]} << 8 * (swapped ? Bytes - 1 - i : i);
    }
    const std::uint32_t value = Bytes <= 2 ? values_[pixel] : bgrx(pixel);
    std::memcpy(target, &value, sizeof value);
  }
}

void X11PixelReader::read_row(const std::uint8_t* source, int width, std::uint8_t* target) const {
  if (layout_.is_bgrx()) {
    std::memcpy(target, source, 4 * static_cast<std::size_t>(width));
    return;
  }
  const bool deep = red_.bits >= 8 && green_.bits >= 8 && blue_.bits >= 8;
  if (layout_.bits_per_pixel == 32 && deep && !layout_.most_significant_byte_first) {
    read_deep_pixels(source, width, target);
    return;
  }
  switch (layout_.bits_per_pixel) {
    case 8:
      return read_pixels<1>(source, width, target);
    case 16:
      return read_pixels<2>(source, width, target);
    case 24:
      return read_pixels<3>(source, width, target);
    default:
      return read_pixels<4>(source, width, target);
  }
}

}  // namespace earthshine
