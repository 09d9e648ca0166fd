#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/result.h"

namespace earthshine {

/// Memory of another process, mapped to be read. It stays readable when that process has ended and
/// its descriptor is closed. One byte more than the memory may be read: pixels are read by four
/// bytes, and those with the unused byte first begin at the second.
class SharedMapping {
 public:
  /// `size` bytes from `offset` on in what the descriptor names, or fewer where it holds fewer.
  ///
  /// @param device a DMA-BUF, whose descriptor is kept for sync()
  static Result<std::shared_ptr<SharedMapping>> map(int descriptor, std::size_t offset,
                                                    std::size_t size, bool device);
  ~SharedMapping();
  SharedMapping(const SharedMapping&) = delete;
  SharedMapping& operator=(const SharedMapping&) = delete;

  [[nodiscard]] std::span<const std::uint8_t> bytes() const { return bytes_; }
  /// To be called before the processor reads, and after: waits for what the device still writes, at
  /// most 100 ms, and makes it visible. Nothing for ordinary memory.
  void begin_reading() const;
  void end_reading() const;

 private:
  SharedMapping() = default;

  void* start_ = nullptr;
  std::size_t length_ = 0;
  std::span<const std::uint8_t> bytes_;
  int device_ = -1;
};

}  // namespace earthshine
