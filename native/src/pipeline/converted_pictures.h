#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "base/clock.h"
#include "capture/source.h"
#include "convert/change_map.h"
#include "convert/damage.h"
#include "convert/picture_converter.h"
#include "convert/yuv_picture.h"
#include "pipeline/encode_unit.h"

namespace earthshine {

/// The latest picture of a source in the formats that its viewers want. Each is converted once,
/// when the first encode asks for it. The capture thread posts; formats come and go from any
/// thread.
class ConvertedPictures {
 public:
  ConvertedPictures(int width, int height) : width_(width), height_(height) {}

  /// Makes room for pictures of this format, off the capture thread.
  void prepare(const YuvFormat& format);
  /// Forgets every other format.
  void keep_only(std::span<const YuvFormat> formats);

  /// What changed in the source. Every format remembers it until it is converted.
  void add_damage(const Damage& damage);
  /// When a picture began to be grabbed, and how long that took.
  struct GrabTime {
    Nanoseconds begun, duration;
  };
  /// Gives an encode the source's picture, converted unless that was done before. `grabbed`:
  /// nothing for a repetition. An encode whose format was forgotten gets none.
  void post(EncodeUnit& unit, const SourcePicture& source, std::uint64_t number,
            Nanoseconds captured, std::optional<GrabTime> grabbed);

 private:
  /// In one format.
  struct Converted {
    Converted(int width, int height, const YuvFormat& format) : pool(width, height, format) {}
    YuvPicturePool pool;
    PictureConverter converter;
    /// of the source since the converter's last picture
    Damage damage = Damage::everything();
    /// blocks that differ between the converter's last two pictures
    ChangeMap changes;
    std::shared_ptr<const YuvPicture> picture;
    /// of `picture`, and of the one converted before it
    std::uint64_t number = 0, number_before = 0;
    Nanoseconds convert_time = 0;
  };

  [[nodiscard]] std::shared_ptr<Converted> find(const YuvFormat& format) const;
  static void convert(Converted& target, const SourcePicture& source, std::uint64_t number);

  const int width_, height_;
  mutable std::mutex mutex_;
  // The list is under the mutex; what its entries hold is the capture thread's own.
  std::vector<std::shared_ptr<Converted>> formats_;
};

}  // namespace earthshine
