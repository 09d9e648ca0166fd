#pragma once

#include <va/va.h>

#include <cstdint>
#include <vector>

namespace earthshine::stand_in {

/// NV12, or P010 where it is deep, with rows that are longer than they need be, as a GPU has them.
struct Surface {
  int width = 0, height = 0;
  bool deep = false;
  /// bytes
  std::size_t stride = 0;
  std::vector<std::uint8_t> memory;
  bool written = false;

  Surface(int of_width, int of_height, bool is_deep = false)
      : width(of_width),
        height(of_height),
        deep(is_deep),
        stride(static_cast<std::size_t>(of_width) * (is_deep ? 2 : 1) + 64),
        memory(stride * static_cast<std::size_t>(of_height) * 3 / 2) {}
  [[nodiscard]] const std::uint8_t* luma(int x, int y) const {
    return memory.data() + stride * static_cast<std::size_t>(y) + x;
  }
  /// 0…255, or 0…1023 where it is deep
  [[nodiscard]] int light(int x, int y) const {
    if (!deep) return *luma(x, y);
    const std::uint8_t* word = luma(2 * x, y);
    return (word[0] | word[1] << 8) >> 6;
  }
  /// of a chroma sample's pair
  [[nodiscard]] const std::uint8_t* chroma(int x, int y) const {
    return memory.data() + stride * static_cast<std::size_t>(height + y) +
           2 * static_cast<std::ptrdiff_t>(x);
  }
};

struct Buffer {
  VABufferType type = VAEncCodedBufferType;
  std::vector<std::uint8_t> bytes;
  /// of a coded buffer: in two parts, as drivers link them
  std::vector<std::uint8_t> coded;
  VACodedBufferSegment segments[2]{};
  bool ready = false;
};

/// The parameters of one frame, in the order in which they came.
struct Task {
  const Surface* input = nullptr;
  std::vector<const Buffer*> parameters{};
};

/// Why a frame's parameters cannot be encoded; empty when they can.
struct Verdict {
  const char* complaint = nullptr;
  std::vector<std::uint8_t> stream{};
  VASurfaceID reconstructed = VA_INVALID_SURFACE;
  VABufferID coded = VA_INVALID_ID;
  /// what the driver keeps of it
  std::vector<std::uint8_t> reconstruction{};
};

/// The structure in a buffer; null when it is of another size.
template <typename Structure>
const Structure* structure_in(const Buffer& buffer) {
  if (buffer.bytes.size() != sizeof(Structure)) return nullptr;
  return reinterpret_cast<const Structure*>(buffer.bytes.data());
}

}  // namespace earthshine::stand_in
