#include "encode/nvenc/nvenc_encoder.h"

#include <algorithm>
#include <array>

#include "encode/annex_b_units.h"
#include "encode/x264_parameters.h"

namespace earthshine {
namespace {

constexpr int kWarmUpPictures = 2;
/// What a picture that became too long is encoded with instead: each about halves it, the last is
/// the coarsest there is.
constexpr std::array kCoarser{32, 38, 44, 51};
/// AV1's quantizers go to 255, H.264's and HEVC's to 51.
constexpr int kAv1Scale = 5;
constexpr std::array kProfiles{
    EncoderProfile{.codec = VideoCodec::kH264, .chroma = Chroma::k420, .name = "High"},
    EncoderProfile{
        .codec = VideoCodec::kH264, .chroma = Chroma::k444, .name = "High 4:4:4 Predictive"},
    EncoderProfile{.codec = VideoCodec::kHevc, .chroma = Chroma::k420, .name = "Main"},
    EncoderProfile{.codec = VideoCodec::kHevc, .chroma = Chroma::k444, .name = "Main 4:4:4"},
    EncoderProfile{.codec = VideoCodec::kAv1, .chroma = Chroma::k420, .name = "Main"},
    EncoderProfile{
        .codec = VideoCodec::kHevc, .chroma = Chroma::k420, .bit_depth = 10, .name = "Main 10"},
    EncoderProfile{.codec = VideoCodec::kHevc,
                   .chroma = Chroma::k444,
                   .bit_depth = 10,
                   .name = "Main 4:4:4 10"},
    EncoderProfile{.codec = VideoCodec::kAv1,
                   .chroma = Chroma::k420,
                   .bit_depth = 10,
                   .name = "Main, 10 bits"},
};

int in_scale_of(VideoCodec codec, int quantizer) {
  return codec == VideoCodec::kAv1 ? quantizer * kAv1Scale : quantizer;
}

}  // namespace

EncoderKind nvenc_kind() {
  return {.name = "nvenc",
          .profiles = kProfiles,
          .pace = EncoderPace::kUnmeasured,
          .invalidation = true,
          .open = NvencEncoder::open};
}

Result<std::unique_ptr<Encoder>> NvencEncoder::open(const EncoderSettings& settings) {
  if (settings.width < 32 || settings.height < 32 || settings.width % 2 != 0 ||
      settings.height % 2 != 0 || settings.rate_numerator <= 0 || settings.rate_denominator <= 0 ||
      settings.bitrate_kbps <= 0 || settings.slices < 1) {
    return Fault{
        "NVENC needs an even size of at least 32×32, a frame rate, a bitrate and a "
        "slice."};
  }
  auto library = NvencLibrary::get();
  if (!library) return library.fault();
  if (!settings.gpu.empty()) {
    auto ordinal = CudaContext::find(*library.value(), settings.gpu);
    if (!ordinal) return ordinal.fault();
    return open_on(*library.value(), ordinal.value(), settings);
  }
  auto count = CudaContext::count(*library.value());
  if (!count) return count.fault();
  Fault fault{"NVIDIA's driver finds no GPU in this machine."};
  for (int ordinal = 0; ordinal < count.value(); ++ordinal) {
    auto opened = open_on(*library.value(), ordinal, settings);
    if (opened) return opened;
    fault = opened.fault();
  }
  return fault;
}

Result<std::unique_ptr<Encoder>> NvencEncoder::open_on(const NvencLibrary& library, int ordinal,
                                                       const EncoderSettings& settings) {
  auto context = CudaContext::open(library, ordinal);
  if (!context) return context.fault();
  auto session = NvencSession::open(std::move(context.value()), settings);
  if (!session) return session.fault();
  // The constructor is private.
  std::unique_ptr<NvencEncoder> encoder(new NvencEncoder(settings, std::move(session.value())));
  encoder->description_ =
      std::string("NVENC, ") + codec_name(settings.codec) + ", " + encoder->session_->gpu() + ", " +
      (settings.format.chroma == Chroma::k444 ? "4:4:4" : "4:2:0") + ", " +
      std::to_string(settings.format.bit_depth) + " bits, " + std::to_string(settings.slices) +
      " slices, " + std::to_string(encoder->session_->reference_frames()) + " reference frames" +
      (encoder->session_->invalidates() ? "" : ", no invalidation");
  if (auto warm = encoder->warm_up(); !warm) return warm.fault();
  return std::unique_ptr<Encoder>(std::move(encoder));
}

NvencEncoder::NvencEncoder(const EncoderSettings& settings, std::unique_ptr<NvencSession> session)
    : settings_(settings),
      session_(std::move(session)),
      references_(session_->reference_frames()) {}

Result<bool> NvencEncoder::warm_up() {
  const YuvPicture black(settings_.width, settings_.height, settings_.format);
  for (int i = 0; i < kWarmUpPictures; ++i) {
    auto unit = encode({.picture = &black});
    if (!unit) return unit.fault();
  }
  frames_ = last_idr_ = 0;
  idr_next_ = true;
  return true;
}

int NvencEncoder::floor() const {
  return in_scale_of(settings_.codec, x264_quantizer_floor(settings_));
}

Result<bool> NvencEncoder::tell_rate(int floor) {
  if (!rate_changed_ && floor == told_floor_) return true;
  auto told = session_->set_rate(settings_.bitrate_kbps, floor);
  if (!told) return told;
  rate_changed_ = false;
  told_floor_ = floor;
  return true;
}

Result<AccessUnit> NvencEncoder::encode(const EncoderInput& input) {
  const YuvPicture& picture = *std::get<const YuvPicture*>(input.picture);
  if (picture.width() != settings_.width || picture.height() != settings_.height ||
      picture.format() != settings_.format) {
    return Fault{"The encoder was given a picture of another size or format."};
  }
  // A repetition is in the buffer already.
  if (!input.repeated || frames_ == 0) {
    if (auto uploaded = session_->upload(picture); !uploaded) return uploaded.fault();
  }
  if (auto told = tell_rate(floor()); !told) return told.fault();
  auto unit = encode_once(input, input.force_idr || idr_next_);
  for (const int coarser : kCoarser) {
    if (!unit || input.most_bytes == 0 || unit.value().bytes.size() <= input.most_bytes) break;
    const int quantizer = in_scale_of(settings_.codec, coarser);
    if (quantizer <= floor()) continue;
    if (auto told = tell_rate(quantizer); !told) return told.fault();
    // An IDR, because nobody has what this one would refer to.
    unit = encode_once(input, true);
  }
  if (!unit) return unit;
  unit.value().number = ++frames_;
  if (unit.value().type == FrameType::kIdr) {
    last_idr_ = frames_;
    // A picture that was encoded again had several.
    time_of_frame_0_ = time_ - 1 - frames_;
  }
  idr_next_ = false;
  after_invalidation_ = false;
  return unit;
}

Result<AccessUnit> NvencEncoder::encode_once(const EncoderInput& input, bool idr) {
  idr = idr || !references_.newest_usable();
  if (!idr && invalid_from_ != 0) {
    for (const auto& frame : references_.kept()) {
      if (frame.number < invalid_from_) continue;
      // A driver that refuses would predict from what the client has not.
      if (!session_->invalidate(time_of_frame_0_ + frame.number)) idr = true;
    }
  }
  invalid_from_ = 0;
  const ReferenceFrames::Frame frame = references_.next(frames_ + 1, idr);
  auto encoded = session_->encode(time_++, idr);
  if (!encoded) return encoded.fault();
  if (idr && !encoded.value().idr) return Fault{"The GPU's encoder gave no IDR when it was asked."};
  idr = encoded.value().idr;
  references_.add(idr ? references_.next(frames_ + 1, true) : frame);

  AccessUnit unit;
  unit.bytes = settings_.codec == VideoCodec::kAv1
                   ? encoded.value().bytes
                   : without_delimiters(encoded.value().bytes, settings_.codec);
  unit.captured = input.captured;
  unit.repeated = input.repeated;
  if (idr) {
    unit.type = FrameType::kIdr;
  } else if (after_invalidation_) {
    unit.type = FrameType::kAfterInvalidation;
  }
  return unit;
}

Result<bool> NvencEncoder::set_bitrate(int kbps) {
  if (kbps <= 0) return Fault{"A bitrate must be above zero."};
  settings_.bitrate_kbps = kbps;
  rate_changed_ = true;
  return true;
}

void NvencEncoder::invalidate(std::uint64_t first) {
  after_invalidation_ = true;
  if (first > frames_) return;
  if (first <= last_idr_ || !session_->invalidates()) {
    idr_next_ = true;
    return;
  }
  references_.invalidate(first);
  invalid_from_ = invalid_from_ == 0 ? first : std::min(invalid_from_, first);
}

}  // namespace earthshine
