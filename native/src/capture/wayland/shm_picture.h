#pragma once

#include <wayland-client.h>

#include <cstdint>
#include <memory>
#include <optional>

#include "base/result.h"
#include "convert/bgrx_view.h"
#include "convert/damage.h"

namespace earthshine {

/// What a compositor fills a buffer with.
struct ShmFormat {
  int width = 0, height = 0, stride = 0;
  /// enum wl_shm_format
  std::uint32_t format = 0;
  friend bool operator==(const ShmFormat&, const ShmFormat&) = default;
};

/// The order of colours in this format (enum wl_shm_format); nothing where it cannot be read.
std::optional<PixelOrder> order_of(std::uint32_t format);

/// Memory that we share with the compositor, which writes pictures to it.
class ShmPicture {
 public:
  static Result<std::unique_ptr<ShmPicture>> create(wl_shm* shm, const ShmFormat& format);
  ~ShmPicture();
  ShmPicture(const ShmPicture&) = delete;
  ShmPicture& operator=(const ShmPicture&) = delete;

  [[nodiscard]] wl_buffer* buffer() const { return buffer_; }
  [[nodiscard]] const ShmFormat& format() const { return format_; }
  /// @param inverted the lowest row comes first
  [[nodiscard]] BgrxView view(bool inverted) const;

  /// What changed on the screen since this buffer was filled.
  Damage stale = Damage::everything();

 private:
  explicit ShmPicture(const ShmFormat& format) : format_(format) {}

  const ShmFormat format_;
  std::size_t size_ = 0;
  std::uint8_t* memory_ = nullptr;
  wl_buffer* buffer_ = nullptr;
};

}  // namespace earthshine
