#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace earthshine {

enum class Chroma : std::uint8_t { k420, k444 };
/// Matrices of ITU-R BT.601, BT.709 and BT.2020 (non-constant luminance).
enum class ColorSpace : std::uint8_t { kBt601, kBt709, kBt2020 };
/// How light becomes a number: as a desktop of standard range has it, or SMPTE ST 2084 (HDR10),
/// with the primaries of BT.2020.
enum class Transfer : std::uint8_t { kSdr, kPq };

/// How pixels are written as luma and chroma. Pictures of equal format are shared by viewers.
struct YuvFormat {
  Chroma chroma = Chroma::k420;
  ColorSpace color_space = ColorSpace::kBt709;
  bool full_range = false;
  /// 8 or 10
  int bit_depth = 8;
  Transfer transfer = Transfer::kSdr;

  friend bool operator==(const YuvFormat&, const YuvFormat&) = default;
};

/// Where the source's picture lies inside the mode's picture; the rest is black.
struct Placement {
  int x = 0, y = 0, width = 0, height = 0;

  friend bool operator==(const Placement&, const Placement&) = default;
};

/// A picture of three planes: luma, then two of chroma in half or full size (I420, YUV444P). A
/// sample is a byte, or a word in the machine's order, with 10 bits at its low end. Rows start on
/// 64 bytes, so vector code may write whole vectors up to the stride. Pairs of chroma, as encoders
/// on a GPU take them, are made on the way into their memory (write_interleaved).
class YuvPicture {
 public:
  /// A new picture is black.
  YuvPicture(int width, int height, YuvFormat format);

  struct Plane {
    std::uint8_t* data;
    /// bytes from row to row
    int stride;
    /// samples
    int width;
    int height;

    [[nodiscard]] std::uint8_t* row(int y) const {
      return data + static_cast<std::ptrdiff_t>(y) * stride;
    }
  };
  [[nodiscard]] const Plane& plane(int index) const { return planes_[index]; }
  [[nodiscard]] int width() const { return planes_[0].width; }
  [[nodiscard]] int height() const { return planes_[0].height; }
  [[nodiscard]] const YuvFormat& format() const { return format_; }
  [[nodiscard]] int sample_bytes() const { return format_.bit_depth > 8 ? 2 : 1; }

  /// Which conversion the pixels are of, by the converter's own numbers; 0: none.
  std::uint64_t content = 0;

  /// Paints everything black, the placement too, unless the borders of this placement are black
  /// already.
  void clear_around(const Placement& placement);

 private:
  void clear();

  struct Free {
    std::size_t bytes;
    void operator()(std::uint8_t* memory) const;
  };
  YuvFormat format_;
  std::unique_ptr<std::uint8_t, Free> memory_;
  std::size_t size_ = 0;
  std::array<Plane, 3> planes_{};
  Placement cleared_{};
};

/// Pictures of one size and format that are reused as soon as nobody holds them: after warm-up
/// nothing is allocated. One thread takes; any thread lets go.
class YuvPicturePool {
 public:
  YuvPicturePool(int width, int height, YuvFormat format)
      : width_(width), height_(height), format_(format) {}

  [[nodiscard]] const YuvFormat& format() const { return format_; }
  /// Makes this many pictures beforehand: touching fresh memory takes longer than converting, and
  /// would delay the first frame.
  void warm_up(int count);
  /// A picture that nobody else holds, the one with the newest content if there are several: the
  /// least of it has to be converted.
  std::shared_ptr<YuvPicture> take();

 private:
  int width_, height_;
  YuvFormat format_;
  std::vector<std::shared_ptr<YuvPicture>> pictures_;
};

}  // namespace earthshine
