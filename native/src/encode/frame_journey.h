#pragma once

#include "base/clock.h"

namespace earthshine {

/// The way of a picture from its source to the encoder's output. What lies between the stages is
/// waiting, so that all of it adds up to the frame's age.
struct FrameJourney {
  /// when it began to be read from the source; 0: the way is not known
  Nanoseconds begun = 0;
  /// how long each stage worked
  Nanoseconds capture = 0, convert = 0, encode = 0;
  /// when the encoder was done with it
  Nanoseconds encoded = 0;

  [[nodiscard]] bool known() const { return begun != 0; }
  /// Between being read, converted and taken by the encoder.
  [[nodiscard]] Nanoseconds encode_wait() const {
    return encoded - encode - convert - capture - begun;
  }
};

}  // namespace earthshine
