#include "encode/vaapi/va_session.h"

#include <algorithm>
#include <array>

#include "encode/interleaved_planes.h"

namespace earthshine {
namespace {

/// A frame takes milliseconds; a GPU that was reset never answers.
constexpr std::uint64_t kLongestEncode = 2'000'000'000;
/// What an encoder that misses its rate writes at most, in bytes a pixel, and headers.
constexpr std::size_t kCodedHeaders = 65'536;
/// A driver that links its segments in a circle is not followed for ever.
constexpr int kMostSegments = 1024;

}  // namespace

Result<std::unique_ptr<VaSession>> VaSession::open(std::shared_ptr<VaDisplay> display,
                                                   const VaSessionOptions& options) {
  // The constructor is private.
  std::unique_ptr<VaSession> session(new VaSession(std::move(display), options));
  if (auto created = session->create(); !created) return created.fault();
  return session;
}

Result<bool> VaSession::create() {
  const VADisplay handle = display_->handle();
  std::vector<VAConfigAttrib> attributes{
      {.type = VAConfigAttribRTFormat, .value = options_.rt_format},
      {.type = VAConfigAttribRateControl, .value = VA_RC_CBR}};
  if (options_.packed_headers != 0) {
    attributes.push_back(
        {.type = VAConfigAttribEncPackedHeaders, .value = options_.packed_headers});
  }
  VAStatus status =
      va_.create_config(handle, options_.profile, options_.entrypoint, attributes.data(),
                        static_cast<int>(attributes.size()), &config_);
  if (status != VA_STATUS_SUCCESS) return display_->fault("vaCreateConfig", status);

  if (auto made = create_surfaces(kept_, options_.kept_pictures); !made) return made;
  if (auto made = create_surfaces(input_, 1); !made) return made;
  std::vector<VASurfaceID> targets = kept_;
  targets.insert(targets.end(), input_.begin(), input_.end());
  status = va_.create_context(handle, config_, options_.width, options_.height, VA_PROGRESSIVE,
                              targets.data(), static_cast<int>(targets.size()), &context_);
  if (status != VA_STATUS_SUCCESS) return display_->fault("vaCreateContext", status);

  const std::size_t most =
      static_cast<std::size_t>(options_.width) * static_cast<std::size_t>(options_.height) * 2 +
      kCodedHeaders;
  status = va_.create_buffer(handle, context_, VAEncCodedBufferType, static_cast<unsigned>(most), 1,
                             nullptr, &coded_);
  if (status != VA_STATUS_SUCCESS) return display_->fault("vaCreateBuffer", status);
  return true;
}

Result<bool> VaSession::create_surfaces(std::vector<VASurfaceID>& surfaces, int count) {
  std::array<VASurfaceAttrib, 2> attributes{};
  attributes[0].type = VASurfaceAttribPixelFormat;
  attributes[0].flags = VA_SURFACE_ATTRIB_SETTABLE;
  attributes[0].value.type = VAGenericValueTypeInteger;
  attributes[0].value.value.i = static_cast<int>(options_.fourcc);
  attributes[1].type = VASurfaceAttribUsageHint;
  attributes[1].flags = VA_SURFACE_ATTRIB_SETTABLE;
  attributes[1].value.type = VAGenericValueTypeInteger;
  attributes[1].value.value.i = VA_SURFACE_ATTRIB_USAGE_HINT_ENCODER;
  std::vector<VASurfaceID> made(static_cast<std::size_t>(count), VA_INVALID_SURFACE);
  const VAStatus status = va_.create_surfaces(
      display_->handle(), options_.rt_format, static_cast<unsigned>(options_.width),
      static_cast<unsigned>(options_.height), made.data(), static_cast<unsigned>(count),
      attributes.data(), attributes.size());
  if (status != VA_STATUS_SUCCESS) return display_->fault("vaCreateSurfaces", status);
  surfaces = std::move(made);
  return true;
}

VaSession::~VaSession() {
  const VADisplay handle = display_->handle();
  for (const VABufferID buffer : parameters_) va_.destroy_buffer(handle, buffer);
  if (image_) va_.destroy_image(handle, image_->image_id);
  if (coded_ != VA_INVALID_ID) va_.destroy_buffer(handle, coded_);
  if (context_ != VA_INVALID_ID) va_.destroy_context(handle, context_);
  for (auto* surfaces : {&kept_, &input_}) {
    if (surfaces->empty()) continue;
    va_.destroy_surfaces(handle, surfaces->data(), static_cast<int>(surfaces->size()));
  }
  if (config_ != VA_INVALID_ID) va_.destroy_config(handle, config_);
}

Result<bool> VaSession::map_input(VAImage& image, std::uint8_t*& memory) {
  const VADisplay handle = display_->handle();
  if (derives_) {
    const VAStatus status = va_.derive_image(handle, input_[0], &image);
    derives_ = status == VA_STATUS_SUCCESS && image.format.fourcc == options_.fourcc;
    if (status == VA_STATUS_SUCCESS && !derives_) va_.destroy_image(handle, image.image_id);
  }
  if (!derives_ && !image_) {
    VAImageFormat format{};
    format.fourcc = options_.fourcc;
    format.byte_order = VA_LSB_FIRST;
    format.bits_per_pixel = options_.fourcc == VA_FOURCC_NV12 ? 12 : 24;
    VAImage made{};
    const VAStatus status =
        va_.create_image(handle, &format, options_.width, options_.height, &made);
    if (status != VA_STATUS_SUCCESS) return display_->fault("vaCreateImage", status);
    image_ = made;
  }
  if (!derives_) image = *image_;
  void* mapped = nullptr;
  const VAStatus status = va_.map_buffer(handle, image.buf, &mapped);
  if (status != VA_STATUS_SUCCESS || mapped == nullptr) {
    if (derives_) va_.destroy_image(handle, image.image_id);
    return display_->fault("vaMapBuffer", status);
  }
  memory = static_cast<std::uint8_t*>(mapped);
  return true;
}

Result<bool> VaSession::unmap_input(const VAImage& image) {
  const VADisplay handle = display_->handle();
  VAStatus status = va_.unmap_buffer(handle, image.buf);
  if (derives_) va_.destroy_image(handle, image.image_id);
  if (status != VA_STATUS_SUCCESS) return display_->fault("vaUnmapBuffer", status);
  if (derives_) return true;
  const auto width = static_cast<unsigned>(options_.width);
  const auto height = static_cast<unsigned>(options_.height);
  status =
      va_.put_image(handle, input_[0], image.image_id, 0, 0, width, height, 0, 0, width, height);
  if (status != VA_STATUS_SUCCESS) return display_->fault("vaPutImage", status);
  return true;
}

Result<bool> VaSession::upload(const YuvPicture& picture) {
  VAImage image{};
  std::uint8_t* memory = nullptr;
  if (auto mapped = map_input(image, memory); !mapped) return mapped;
  write_interleaved(picture, {.luma = memory + image.offsets[0],
                              .chroma = memory + image.offsets[1],
                              .luma_stride = static_cast<std::ptrdiff_t>(image.pitches[0]),
                              .chroma_stride = static_cast<std::ptrdiff_t>(image.pitches[1]),
                              .width = std::min<int>(options_.width, image.width),
                              .height = std::min<int>(options_.height, image.height)});
  return unmap_input(image);
}

Result<bool> VaSession::render(std::span<const VaParameter> parameters) {
  const VADisplay handle = display_->handle();
  for (const VaParameter& parameter : parameters) {
    VABufferID buffer = VA_INVALID_ID;
    // libva reads only; its signature is older than const.
    const VAStatus status = va_.create_buffer(
        handle, context_, parameter.type, static_cast<unsigned>(parameter.bytes.size()), 1,
        const_cast<std::uint8_t*>(parameter.bytes.data()), &buffer);
    if (status != VA_STATUS_SUCCESS) return display_->fault("vaCreateBuffer", status);
    parameters_.push_back(buffer);
  }
  const VAStatus status = va_.render_picture(handle, context_, parameters_.data(),
                                             static_cast<int>(parameters_.size()));
  if (status != VA_STATUS_SUCCESS) return display_->fault("vaRenderPicture", status);
  return true;
}

Result<std::span<std::uint8_t>> VaSession::encode(std::span<const VaParameter> parameters) {
  const VADisplay handle = display_->handle();
  VAStatus status = va_.begin_picture(handle, context_, input_[0]);
  if (status != VA_STATUS_SUCCESS) return display_->fault("vaBeginPicture", status);
  auto rendered = render(parameters);
  // Also after a fault: a picture that was begun has to end.
  status = va_.end_picture(handle, context_);
  if (rendered && status != VA_STATUS_SUCCESS) rendered = display_->fault("vaEndPicture", status);
  auto collected = rendered ? collect() : Result<std::span<std::uint8_t>>(rendered.fault());
  for (const VABufferID buffer : parameters_) va_.destroy_buffer(handle, buffer);
  parameters_.clear();
  return collected;
}

Result<std::span<std::uint8_t>> VaSession::collect() {
  const VADisplay handle = display_->handle();
  VAStatus status = VA_STATUS_ERROR_UNIMPLEMENTED;
  if (va_.sync_buffer != nullptr) status = va_.sync_buffer(handle, coded_, kLongestEncode);
  if (status == VA_STATUS_ERROR_TIMEDOUT) {
    return Fault{"The GPU did not finish a frame within two seconds."};
  }
  // A driver may lack what its library has.
  if (status == VA_STATUS_ERROR_UNIMPLEMENTED) status = va_.sync_surface(handle, input_[0]);
  if (status != VA_STATUS_SUCCESS) return display_->fault("vaSyncSurface", status);

  void* mapped = nullptr;
  status = va_.map_buffer(handle, coded_, &mapped);
  if (status != VA_STATUS_SUCCESS) return display_->fault("vaMapBuffer", status);
  output_.clear();
  bool overflowed = false;
  const auto* segment = static_cast<const VACodedBufferSegment*>(mapped);
  for (int i = 0; segment != nullptr && i < kMostSegments; ++i) {
    const auto* bytes = static_cast<const std::uint8_t*>(segment->buf);
    overflowed = overflowed || (segment->status & VA_CODED_BUF_STATUS_SLICE_OVERFLOW_MASK) != 0;
    if (bytes != nullptr) output_.insert(output_.end(), bytes, bytes + segment->size);
    segment = static_cast<const VACodedBufferSegment*>(segment->next);
  }
  status = va_.unmap_buffer(handle, coded_);
  if (status != VA_STATUS_SUCCESS) return display_->fault("vaUnmapBuffer", status);
  if (overflowed) return Fault{"A frame was longer than the encoder's buffer."};
  if (output_.empty()) return Fault{"The GPU's encoder gave an empty frame."};
  return std::span<std::uint8_t>(output_);
}

}  // namespace earthshine
