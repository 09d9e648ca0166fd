#pragma once

#include <xcb/shm.h>

#include <cstddef>
#include <cstdint>
#include <utility>

#include "capture/x11_connection.h"

namespace earthshine {

/// Memory that an X server writes into (MIT-SHM). The connection must outlive it.
class X11SharedMemory {
 public:
  /// Whether the server has the extension as it is used here. That it is on this machine too, only
  /// create() tells.
  static bool is_offered(const X11Connection& connection);
  static Result<X11SharedMemory> create(const X11Connection& connection, std::size_t size);
  ~X11SharedMemory();
  X11SharedMemory(X11SharedMemory&& other) noexcept
      : connection_(other.connection_),
        memory_(std::exchange(other.memory_, nullptr)),
        size_(other.size_),
        segment_(other.segment_) {}
  X11SharedMemory& operator=(X11SharedMemory&&) = delete;

  [[nodiscard]] std::uint8_t* data() const { return memory_; }
  [[nodiscard]] xcb_shm_seg_t segment() const { return segment_; }

 private:
  X11SharedMemory(const X11Connection& connection, std::uint8_t* memory, std::size_t size,
                  xcb_shm_seg_t segment)
      : connection_(connection), memory_(memory), size_(size), segment_(segment) {}

  const X11Connection& connection_;
  std::uint8_t* memory_;
  std::size_t size_;
  xcb_shm_seg_t segment_;
};

}  // namespace earthshine
