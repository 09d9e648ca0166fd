#pragma once

// clang-format off
#include <cstdint>
#include <x264.h>
// clang-format on

#include <memory>
#include <vector>

namespace earthshine::stand_in {

/// What stands in for the GPU's circuits: x264, told to be as quick as it can.
class Circuits {
 public:
  Circuits(int width, int height, bool full_chroma, int references, int slices, bool full_range,
           int matrix);

  struct Written {
    std::vector<std::uint8_t> bytes;
    bool idr = false;
  };
  /// @param memory luma with rows of `pitch`, then chroma: interleaved, or two full planes
  Written encode(const std::uint8_t* memory, int pitch, std::int64_t time, bool idr);
  bool invalidate(std::int64_t time);

 private:
  struct Close {
    void operator()(x264_t* encoder) const { x264_encoder_close(encoder); }
  };
  int width_, height_;
  bool full_chroma_;
  std::unique_ptr<x264_t, Close> encoder_;
};

}  // namespace earthshine::stand_in
