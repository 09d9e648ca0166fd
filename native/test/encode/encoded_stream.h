#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <stdexcept>
#include <vector>

#include "../../bench/moving_screen.h"
#include "convert/picture_converter.h"
#include "encode/decoder.h"
#include "encode/encoder_kinds.h"

namespace earthshine::test {

/// An encoder over a moving screen, and everything it made.
class EncodedStream {
 public:
  struct Frame {
    FrameType type;
    std::uint64_t number;
    Bytes bytes;
  };

  explicit EncodedStream(const EncoderSettings& settings, const EncoderKind& kind)
      : settings_(settings),
        screen_(settings.width, settings.height),
        picture_(settings.width, settings.height, settings.format) {
    auto opened = kind.open(settings);
    if (!opened) throw std::runtime_error(opened.fault().message);
    encoder_ = std::move(opened.value());
  }

  /// The next picture of the moving screen; the same one again when `repeated`.
  const Frame& next(bool repeated = false, bool force_idr = false) {
    if (!repeated) converter_.convert(screen_.draw(drawn_++), picture_);
    auto unit = encoder_->encode(
        {.picture = &picture_, .captured = 1, .repeated = repeated, .force_idr = force_idr});
    REQUIRE(unit.ok());
    const AccessUnit& value = unit.value();
    frames_.push_back({value.type, value.number, {value.bytes.begin(), value.bytes.end()}});
    return frames_.back();
  }
  void run(int count) {
    for (int i = 0; i < count; ++i) next();
  }
  Encoder& encoder() { return *encoder_; }
  /// The picture that was encoded last.
  [[nodiscard]] const YuvPicture& picture() const { return picture_; }
  [[nodiscard]] const std::vector<Frame>& frames() const { return frames_; }

  /// What a client decodes that lost the frames of these numbers, and drops what follows a loss
  /// until a frame of type 2 or 5 comes (protocol 4 §7), must be what the encoder has in its own
  /// memory: the same as without losses, to the last bit. Returns how many pictures it got.
  std::size_t check_client(const std::set<std::uint64_t>& lost) const {
    Bytes all, received;
    std::vector<std::size_t> kept;
    bool waits = false;
    for (std::size_t i = 0; i < frames_.size(); ++i) {
      const Frame& frame = frames_[i];
      all.insert(all.end(), frame.bytes.begin(), frame.bytes.end());
      if (lost.contains(frame.number)) {
        waits = true;
        continue;
      }
      if (waits && frame.type == FrameType::kPredicted) continue;
      waits = false;
      kept.push_back(i);
      received.insert(received.end(), frame.bytes.begin(), frame.bytes.end());
    }
    DecodeOptions options{.width = settings_.width,
                          .height = settings_.height,
                          .format = settings_.format.chroma == Chroma::k444 ? "yuv444p" : "yuv420p",
                          .codec = settings_.codec == VideoCodec::kHevc ? "hevc" : "h264"};
    const auto whole = decoded(all, options);
    REQUIRE(whole.size() == frames_.size());
    options.with_losses = true;
    const auto seen = decoded(received, options);
    REQUIRE(seen.size() >= kept.size());
    // A decoder may put pictures of its own into the gap; from the end on they are ours.
    const std::size_t extra = seen.size() - kept.size();
    std::size_t after = 0;
    for (std::size_t i = 0; i < kept.size(); ++i) {
      const bool before_loss = lost.empty() || frames_[kept[i]].number < *lost.begin();
      const Bytes& picture = seen[before_loss ? i : i + extra];
      CAPTURE(frames_[kept[i]].number);
      CHECK(picture == whole[kept[i]]);
      after += before_loss ? 0 : 1;
    }
    return after;
  }

 private:
  EncoderSettings settings_;
  bench::MovingScreen screen_;
  YuvPicture picture_;
  PictureConverter converter_;
  std::unique_ptr<Encoder> encoder_;
  std::vector<Frame> frames_;
  std::uint32_t drawn_ = 0;
};

}  // namespace earthshine::test
