#include "encode/vaapi/vaapi_encoder.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "encode/annex_b_units.h"
#include "encode/render_nodes.h"
#include "encode/vaapi/va_h264.h"
#include "encode/vaapi/va_hevc.h"
#include "encode/x264_parameters.h"

namespace earthshine {
namespace {

constexpr int kWarmUpPictures = 2;
/// A frame and a half: what a link carries without falling behind.
constexpr double kBufferedFrames = 1.5;
/// What a picture that became too long is encoded with instead: each about halves it, the last is
/// the coarsest there is.
constexpr std::array kCoarser{32, 38, 44, 51};
constexpr std::array kProfiles{
    EncoderProfile{.codec = VideoCodec::kH264, .chroma = Chroma::k420, .name = "High"},
    EncoderProfile{.codec = VideoCodec::kHevc, .chroma = Chroma::k420, .name = "Main"},
    EncoderProfile{
        .codec = VideoCodec::kHevc, .chroma = Chroma::k420, .bit_depth = 10, .name = "Main 10"},
};

/// The fixed-function block first, which leaves a game its shaders; not every GPU has both.
constexpr std::array kEntrypoints{VAEntrypointEncSliceLP, VAEntrypointEncSlice};

VAProfile profile_of(const EncoderSettings& settings) {
  switch (settings.codec) {
    case VideoCodec::kH264:
      return VAProfileH264High;
    case VideoCodec::kHevc:
      return settings.format.bit_depth == 10 ? VAProfileHEVCMain10 : VAProfileHEVCMain;
    default:
      return VAProfileAV1Profile0;
  }
}

Result<std::unique_ptr<VaCodec>> open_codec(const VaDisplay& display, VAEntrypoint entrypoint,
                                            const EncoderSettings& settings) {
  if (settings.codec == VideoCodec::kHevc) {
    return VaHevc::open(display, profile_of(settings), entrypoint, settings);
  }
  return VaH264::open(display, entrypoint, settings);
}

/// Sixteen bits each: 119 880 / 1001 does not fit and is halved.
std::uint32_t packed_rate(int numerator, int denominator) {
  while (numerator > 0xFFFF || denominator > 0xFFFF) {
    numerator /= 2;
    denominator = std::max(denominator / 2, 1);
  }
  return static_cast<std::uint32_t>(denominator) << 16 | static_cast<std::uint32_t>(numerator);
}

}  // namespace

EncoderKind vaapi_kind() {
  return {.name = "vaapi",
          .profiles = kProfiles,
          .pace = EncoderPace::kUnmeasured,
          .invalidation = true,
          .open = VaapiEncoder::open};
}

Result<std::unique_ptr<Encoder>> VaapiEncoder::open(const EncoderSettings& settings) {
  if (settings.width < 32 || settings.height < 32 || settings.width % 2 != 0 ||
      settings.height % 2 != 0 || settings.rate_numerator <= 0 || settings.rate_denominator <= 0 ||
      settings.bitrate_kbps <= 0 || settings.slices < 1) {
    return Fault{
        "VA-API needs an even size of at least 32×32, a frame rate, a bitrate and a "
        "slice."};
  }
  Fault fault{"This machine has no GPU that can be used (/dev/dri has no render node)."};
  for (const std::string& node : render_nodes_or(settings.gpu)) {
    auto display = VaDisplay::open(node);
    if (!display) {
      fault = display.fault();
      continue;
    }
    const VAProfile profile = profile_of(settings);
    fault = Fault{display.value()->vendor() + " on " + node + " does not encode " +
                  codec_name(settings.codec) + " with " +
                  std::to_string(settings.format.bit_depth) + " bits."};
    for (const VAEntrypoint entrypoint : kEntrypoints) {
      if (!display.value()->has(profile, entrypoint)) continue;
      auto opened = open_on(display.value(), entrypoint, settings);
      if (opened) return opened;
      fault = Fault{display.value()->vendor() + " on " + node + ": " + opened.fault().message};
    }
  }
  return fault;
}

Result<std::unique_ptr<Encoder>> VaapiEncoder::open_on(const std::shared_ptr<VaDisplay>& display,
                                                       VAEntrypoint entrypoint,
                                                       const EncoderSettings& settings) {
  const VAProfile profile = profile_of(settings);
  const unsigned control = display->attribute(profile, entrypoint, VAConfigAttribRateControl);
  if (control == VA_ATTRIB_NOT_SUPPORTED || (control & VA_RC_CBR) == 0) {
    return Fault{"The encoder cannot hold a constant bitrate."};
  }
  for (const auto& [type, side] : {std::pair{VAConfigAttribMaxPictureWidth, settings.width},
                                   std::pair{VAConfigAttribMaxPictureHeight, settings.height}}) {
    const unsigned most = display->attribute(profile, entrypoint, type);
    if (most != VA_ATTRIB_NOT_SUPPORTED && most != 0 && static_cast<unsigned>(side) > most) {
      return Fault{"The encoder takes no picture that is larger than " + std::to_string(most) +
                   " a side."};
    }
  }
  auto codec = open_codec(*display, entrypoint, settings);
  if (!codec) return codec.fault();
  auto session = VaSession::open(display, codec.value()->session());
  if (!session) return session.fault();
  // The constructor is private.
  std::unique_ptr<VaapiEncoder> encoder(
      new VaapiEncoder(settings, std::move(codec.value()), std::move(session.value())));
  encoder->description_ = std::string("VA-API, ") + codec_name(settings.codec) + ", " +
                          display->vendor() + ", " + display->node() +
                          (entrypoint == VAEntrypointEncSliceLP ? ", low power, " : ", ") +
                          encoder->codec_->description();
  if (auto warm = encoder->warm_up(); !warm) return warm.fault();
  return std::unique_ptr<Encoder>(std::move(encoder));
}

VaapiEncoder::VaapiEncoder(const EncoderSettings& settings, std::unique_ptr<VaCodec> codec,
                           std::unique_ptr<VaSession> session)
    : settings_(settings),
      codec_(std::move(codec)),
      session_(std::move(session)),
      references_(codec_->reference_frames()) {}

Result<bool> VaapiEncoder::warm_up() {
  const YuvPicture black(settings_.width, settings_.height, settings_.format);
  for (int i = 0; i < kWarmUpPictures; ++i) {
    auto unit = encode({.picture = &black});
    if (!unit) return unit.fault();
  }
  frames_ = last_idr_ = 0;
  idr_next_ = true;
  return true;
}

Result<AccessUnit> VaapiEncoder::encode(const EncoderInput& input) {
  const YuvPicture& picture = *std::get<const YuvPicture*>(input.picture);
  if (picture.width() != settings_.width || picture.height() != settings_.height ||
      picture.format() != settings_.format) {
    return Fault{"The encoder was given a picture of another size or format."};
  }
  // A repetition is in the surface already.
  if (!input.repeated || frames_ == 0) {
    if (auto uploaded = session_->upload(picture); !uploaded) return uploaded.fault();
  }
  const int floor = x264_quantizer_floor(settings_);
  auto unit = encode_once(input, input.force_idr || idr_next_, floor);
  for (const int coarser : kCoarser) {
    if (!unit || input.most_bytes == 0 || unit.value().bytes.size() <= input.most_bytes) break;
    if (coarser <= floor) continue;
    // An IDR, because nobody has what this one would refer to.
    unit = encode_once(input, true, coarser);
  }
  if (!unit) return unit;
  unit.value().number = ++frames_;
  if (unit.value().type == FrameType::kIdr) last_idr_ = frames_;
  idr_next_ = false;
  after_invalidation_ = false;
  return unit;
}

Result<AccessUnit> VaapiEncoder::encode_once(const EncoderInput& input, bool idr, int floor) {
  VaFrame frame{.kept = references_.kept(), .kbps = settings_.bitrate_kbps};
  if (!idr) frame.reference = references_.newest_usable();
  frame.current = references_.next(frames_ + 1, frame.idr());
  std::vector<VaParameter> parameters = codec_->parameters(frame, *session_);
  if (rate_changed_ || frame.idr() || floor != floor_) {
    // Before the slices, which a driver may begin to work on.
    std::vector<VaParameter> rate;
    add_rate_control(rate, floor);
    const auto picture = std::find_if(parameters.begin(), parameters.end(), [](const auto& each) {
      return each.type == VAEncPictureParameterBufferType;
    });
    parameters.insert(picture, std::make_move_iterator(rate.begin()),
                      std::make_move_iterator(rate.end()));
    floor_ = floor;
    rate_changed_ = false;
  }
  auto bytes = session_->encode(parameters);
  if (!bytes) return bytes.fault();
  references_.add(frame.current);

  AccessUnit unit;
  unit.bytes = settings_.codec == VideoCodec::kAv1
                   ? bytes.value()
                   : without_delimiters(bytes.value(), settings_.codec);
  unit.captured = input.captured;
  unit.repeated = input.repeated;
  if (frame.idr()) {
    unit.type = FrameType::kIdr;
  } else if (after_invalidation_) {
    unit.type = FrameType::kAfterInvalidation;
  }
  return unit;
}

void VaapiEncoder::add_rate_control(std::vector<VaParameter>& parameters, int floor) const {
  const auto bits = static_cast<std::uint32_t>(settings_.bitrate_kbps) * 1000;
  const double frame =
      1000.0 * settings_.bitrate_kbps * settings_.rate_denominator / settings_.rate_numerator;
  const auto buffer = static_cast<std::uint32_t>(std::lround(kBufferedFrames * frame));
  VAEncMiscParameterRateControl control{};
  control.bits_per_second = bits;
  control.target_percentage = 100;
  control.window_size = static_cast<std::uint32_t>(
      std::max<std::int64_t>(1, std::lround(1000.0 * kBufferedFrames * settings_.rate_denominator /
                                            settings_.rate_numerator)));
  control.min_qp = static_cast<std::uint32_t>(floor);
  // A still screen costs nothing: no filler, and every frame that was asked for is written.
  control.rc_flags.bits.disable_bit_stuffing = 1;
  control.rc_flags.bits.disable_frame_skip = 1;
  parameters.push_back(va_misc_parameter(VAEncMiscParameterTypeRateControl, control));
  VAEncMiscParameterHRD hrd{};
  hrd.buffer_size = buffer;
  hrd.initial_buffer_fullness = buffer;
  parameters.push_back(va_misc_parameter(VAEncMiscParameterTypeHRD, hrd));
  VAEncMiscParameterFrameRate rate{};
  rate.framerate = packed_rate(settings_.rate_numerator, settings_.rate_denominator);
  parameters.push_back(va_misc_parameter(VAEncMiscParameterTypeFrameRate, rate));
}

Result<bool> VaapiEncoder::set_bitrate(int kbps) {
  if (kbps <= 0) return Fault{"A bitrate must be above zero."};
  settings_.bitrate_kbps = kbps;
  rate_changed_ = true;
  return true;
}

void VaapiEncoder::invalidate(std::uint64_t first) {
  after_invalidation_ = true;
  if (first > frames_) return;
  if (first <= last_idr_ || !codec_->invalidates()) {
    idr_next_ = true;
    return;
  }
  references_.invalidate(first);
}

}  // namespace earthshine
