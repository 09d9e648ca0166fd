#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace earthshine {

/// What a decoder keeps of a stream in which every frame is a reference and the oldest goes first
/// (a sliding window), and which of those frames the next one may be predicted from: for encoders
/// whose API leaves the references to its caller.
class ReferenceFrames {
 public:
  struct Frame {
    /// the place of its pixels, 0…capacity
    int slot = 0;
    /// the encoder's count of its frames
    std::uint64_t number = 0;
    /// frames since the IDR, which has 0
    std::uint32_t order = 0;
    /// the client has it, as far as is known
    bool usable = true;
  };

  /// @param capacity frames that are kept, at least 1; one slot more is in use while one is written
  explicit ReferenceFrames(int capacity);

  /// The newest first.
  [[nodiscard]] std::span<const Frame> kept() const { return kept_; }
  /// The newest frame that the next one may be predicted from; nothing: it must be an IDR.
  [[nodiscard]] std::optional<Frame> newest_usable() const;
  /// Frames of this number and later must not be predicted from.
  void invalidate(std::uint64_t first);
  /// The place and order that the next frame gets. An IDR forgets all others once it is added.
  [[nodiscard]] Frame next(std::uint64_t number, bool idr) const;
  /// The frame was written.
  void add(const Frame& frame);

 private:
  int capacity_;
  std::vector<Frame> kept_;
};

}  // namespace earthshine
