#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "capture/source.h"

namespace earthshine {

/// What a picture tells its owner (PictureEvent of server/src/native/media-addon.ts).
struct PictureEvent {
  enum class Kind : std::uint8_t { kSourceArea, kFault, kNotice };
  Kind kind = Kind::kNotice;
  std::optional<std::uint32_t> viewer{};
  /// which part speaks: source, encoder, video, audio
  std::string part{};
  std::string message{};
  /// what this part's last notice told of is over
  bool recovered = false;
  /// for kSourceArea
  SourceArea area{};
};

/// Runs on any of the picture's threads.
using OnPictureEvent = std::function<void(PictureEvent)>;

}  // namespace earthshine
