#pragma once

#include <cstdint>

#include "base/result.h"

namespace earthshine {

/// libx265 of this machine, opened by name when an encoder is first tried, with declarations of our
/// own: each version has tables of its own, so only versions whose tables were looked at are used.
/// Options go in as text, which all of them read alike.
///
/// One of these is the library in one depth.
struct X265Library {
  struct Parameters;
  struct Encoder;
  struct Picture;
  /// as every version has it
  struct Unit {
    std::uint32_t type;
    std::uint32_t size;
    std::uint8_t* bytes;
  };
  /// What is said of a picture that goes in.
  struct Input {
    std::int64_t time;
    const void* planes[3];
    int strides[3];
    int bit_depth, slice_type, color_space, forced_quantizer;
  };

  const char* version = "";
  Parameters* (*param_alloc)() = nullptr;
  void (*param_free)(Parameters*) = nullptr;
  int (*param_parse)(Parameters*, const char* name, const char* value) = nullptr;
  int (*param_default_preset)(Parameters*, const char* preset, const char* tune) = nullptr;
  int (*param_apply_profile)(Parameters*, const char* profile) = nullptr;
  Picture* (*picture_alloc)() = nullptr;
  void (*picture_free)(Picture*) = nullptr;
  void (*picture_init)(Parameters*, Picture*) = nullptr;
  Encoder* (*encoder_open)(Parameters*) = nullptr;
  int (*encoder_encode)(Encoder*, Unit**, std::uint32_t*, Picture* in, Picture* out) = nullptr;
  void (*encoder_close)(Encoder*) = nullptr;
  /// writes an input into a picture of this version
  void (*fill)(Picture*, const Input&) = nullptr;

  /// The one of this process for 8 or 10 bits, loaded by the first call; a fault says what is
  /// missing.
  static Result<const X265Library*> get(int bit_depth);
};

/// Of x265.h, the same in every version.
inline constexpr int kX265TypeIdr = 1, kX265TypeP = 3;
inline constexpr int kX265Csp420 = 1, kX265Csp444 = 3;

}  // namespace earthshine
