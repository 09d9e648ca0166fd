#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace earthshine {

/// What a picture tells its owner (PictureEvent of server/src/native/media-addon.ts).
struct PictureEvent {
  enum class Kind : std::uint8_t { kSourceResized, kFault, kNotice };
  Kind kind = Kind::kNotice;
  std::optional<std::uint32_t> viewer{};
  /// which part speaks: source, encoder, video, audio
  std::string part{};
  std::string message{};
  /// what this part's last notice told of is over
  bool recovered = false;
  /// for kSourceResized
  int width = 0, height = 0;
};

/// Runs on any of the picture's threads.
using OnPictureEvent = std::function<void(PictureEvent)>;

}  // namespace earthshine
