#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "encode/encoder.h"
#include "encode/vaapi/va_display.h"

namespace earthshine {

/// One parameter of a picture, as vaRenderPicture takes it.
struct VaParameter {
  VABufferType type = VAEncPictureParameterBufferType;
  std::vector<std::uint8_t> bytes;
};

/// A structure of libva as a parameter.
template <typename Structure>
VaParameter va_parameter(VABufferType type, const Structure& structure) {
  const auto* begin = reinterpret_cast<const std::uint8_t*>(&structure);
  return {.type = type, .bytes = {begin, begin + sizeof structure}};
}

/// A structure behind its VAEncMiscParameterBuffer.
template <typename Structure>
VaParameter va_misc_parameter(VAEncMiscParameterType type, const Structure& structure) {
  VaParameter parameter = va_parameter(VAEncMiscParameterBufferType, type);
  parameter.bytes.resize(sizeof(VAEncMiscParameterBuffer));
  const auto* begin = reinterpret_cast<const std::uint8_t*>(&structure);
  parameter.bytes.insert(parameter.bytes.end(), begin, begin + sizeof structure);
  return parameter;
}

struct VaSessionOptions {
  VAProfile profile = VAProfileNone;
  VAEntrypoint entrypoint = VAEntrypointEncSlice;
  /// of the coded picture
  int width = 0, height = 0;
  unsigned rt_format = VA_RT_FORMAT_YUV420;
  std::uint32_t fourcc = VA_FOURCC_NV12;
  /// kinds of header that are written here (VA_ENC_PACKED_HEADER_…)
  unsigned packed_headers = 0;
  /// pictures that the encoder keeps, the one at work among them
  int kept_pictures = 1;
};

/// An encoder of a GPU with its memory: a context, surfaces, and a buffer for what it writes. Every
/// wait has an end.
class VaSession {
 public:
  static Result<std::unique_ptr<VaSession>> open(std::shared_ptr<VaDisplay> display,
                                                 const VaSessionOptions& options);
  ~VaSession();
  VaSession(const VaSession&) = delete;
  VaSession& operator=(const VaSession&) = delete;

  /// Where the encoder keeps its picture of this slot.
  [[nodiscard]] VASurfaceID kept(int slot) const { return kept_[static_cast<std::size_t>(slot)]; }
  [[nodiscard]] VABufferID coded() const { return coded_; }

  /// Writes a picture into the surface that the next encode() reads.
  Result<bool> upload(const YuvPicture& picture);
  /// Encodes what was uploaded last. The bytes are valid until the next call.
  Result<std::span<std::uint8_t>> encode(std::span<const VaParameter> parameters);

 private:
  VaSession(std::shared_ptr<VaDisplay> display, const VaSessionOptions& options)
      : display_(std::move(display)), va_(display_->va()), options_(options) {}

  Result<bool> create();
  Result<bool> create_surfaces(std::vector<VASurfaceID>& surfaces, int count);
  Result<bool> map_input(VAImage& image, std::uint8_t*& memory);
  Result<bool> unmap_input(const VAImage& image);
  Result<bool> render(std::span<const VaParameter> parameters);
  /// Waits for the coded buffer, and takes what is in it.
  Result<std::span<std::uint8_t>> collect();

  const std::shared_ptr<VaDisplay> display_;
  const VaLibrary& va_;
  const VaSessionOptions options_;
  VAConfigID config_ = VA_INVALID_ID;
  VAContextID context_ = VA_INVALID_ID;
  VABufferID coded_ = VA_INVALID_ID;
  std::vector<VASurfaceID> kept_, input_;
  /// The surface's own memory can be written; where not, an image beside it, and a copy by the GPU.
  bool derives_ = true;
  std::optional<VAImage> image_;
  std::vector<VABufferID> parameters_;
  std::vector<std::uint8_t> output_;
};

}  // namespace earthshine
