#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "capture/x11_connection.h"
#include "capture/x11_pixels.h"
#include "capture/x11_shared_memory.h"
#include "convert/bgrx_view.h"

namespace earthshine {

/// A copy of a part of the root window, in BGRx. The server writes it into shared memory; where it
/// shares none, or has other pixels, they are fetched over the connection, or converted row by row.
class X11Image {
 public:
  /// Rows that were asked for.
  struct Request {
    unsigned int sequence = 0;
    int top = 0, rows = 0;
  };

  /// The connection and the reader must outlive the image. `share` false: not even tried.
  static Result<std::unique_ptr<X11Image>> create(const X11Connection& connection,
                                                  const X11PixelReader& reader, int width,
                                                  int height, bool share);
  X11Image(const X11Image&) = delete;
  X11Image& operator=(const X11Image&) = delete;

  [[nodiscard]] int width() const { return width_; }
  [[nodiscard]] int height() const { return height_; }
  [[nodiscard]] std::uint8_t* pixels() const { return pixels_; }
  [[nodiscard]] BgrxView view() const { return {pixels_, 4 * width_, width_, height_}; }
  /// The server writes into this process's memory.
  [[nodiscard]] bool is_shared() const { return shared_.has_value(); }

  /// Asks for `rows` rows from `top` on of the image whose upper left corner is at (x, y) of the
  /// root window; they come to where they belong. The answer is awaited with finish(), so that
  /// other questions can go in between.
  [[nodiscard]] Request begin(int x, int y, int top, int rows) const;
  /// False when the server refused: the place is no longer inside the root window.
  [[nodiscard]] bool finish(const Request& request) const;

 private:
  X11Image(const X11Connection& connection, const X11PixelReader& reader, int width, int height)
      : connection_(connection), reader_(reader), width_(width), height_(height) {}

  [[nodiscard]] std::size_t offset_of(int row) const;
  void convert(const std::uint8_t* source, const Request& rows) const;
  [[nodiscard]] bool finish_shared(const Request& request) const;
  [[nodiscard]] bool finish_sent(const Request& request) const;

  const X11Connection& connection_;
  const X11PixelReader& reader_;
  const int width_, height_;
  std::optional<X11SharedMemory> shared_;
  /// where the pixels are, unless the server writes BGRx into shared memory
  std::vector<std::uint8_t> own_;
  std::uint8_t* pixels_ = nullptr;
};

}  // namespace earthshine
