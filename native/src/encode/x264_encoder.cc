#include "encode/x264_encoder.h"

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <cstring>

#include "encode/usable_cores.h"
#include "encode/x264_parameters.h"

namespace earthshine {
namespace {

constexpr int kWarmUpPictures = 2;
/// What a picture that became too long is encoded with instead: each about halves it, the last is
/// the coarsest there is.
constexpr std::array kCoarser{32, 38, 44, 51};
constexpr std::array kProfiles{
    EncoderProfile{.codec = VideoCodec::kH264, .chroma = Chroma::k420, .name = "High"},
    EncoderProfile{
        .codec = VideoCodec::kH264, .chroma = Chroma::k444, .name = "High 4:4:4 Predictive"},
};

/// Leaves out the SEI units that x264 puts before its first slice (its name and all its options,
/// 600 bytes and more): parameter sets and the first slice must lie in the first packet
/// (protocol 4 §3). The units follow one another in memory, so what stands before an SEI moves up.
std::span<const std::uint8_t> without_sei(const x264_nal_t* units, int count) {
  std::uint8_t* begin = units[0].p_payload;
  std::uint8_t* end = units[count - 1].p_payload + units[count - 1].i_payload;
  for (int i = 0; i < count; ++i) {
    if (units[i].i_type != NAL_SEI) continue;
    const auto before = static_cast<std::size_t>(units[i].p_payload - begin);
    std::memmove(begin + units[i].i_payload, begin, before);
    begin += units[i].i_payload;
  }
  return {begin, end};
}

}  // namespace

EncoderKind x264_kind() {
  return {.name = "x264",
          .profiles = kProfiles,
          .pace = EncoderPace::kBends,
          .invalidation = true,
          .open = X264Encoder::open};
}

void X264Encoder::log(void* self, int level, const char* format, va_list arguments) {
  if (level > X264_LOG_WARNING) return;
  std::array<char, 256> text{};
  std::vsnprintf(text.data(), text.size(), format, arguments);
  auto& message = static_cast<X264Encoder*>(self)->message_;
  message = text.data();
  while (!message.empty() && message.back() == '\n') message.pop_back();
}

Result<std::unique_ptr<Encoder>> X264Encoder::open(const EncoderSettings& settings) {
  if (profile_for(x264_kind(), settings) == nullptr) {
    return Fault{"x264 serves H.264 with 8 bits only."};
  }
  if (settings.width < 32 || settings.height < 32 || settings.width % 2 != 0 ||
      settings.height % 2 != 0 || settings.rate_numerator <= 0 || settings.rate_denominator <= 0 ||
      settings.bitrate_kbps <= 0 || settings.slices < 1) {
    return Fault{"x264 needs an even size of at least 32×32, a frame rate, a bitrate and a slice."};
  }
  // The constructor is private; the pointer owns it from here on.
  std::unique_ptr<X264Encoder> encoder(new X264Encoder(settings));
  if (!x264_parameters(settings, usable_cores(), encoder->parameters_)) {
    return Fault{"x264 was built without the profile that this stream needs."};
  }
  encoder->parameters_.pf_log = log;
  encoder->parameters_.p_log_private = encoder.get();
  encoder->encoder_.reset(x264_encoder_open(&encoder->parameters_));
  if (!encoder->encoder_) {
    return Fault{"x264 could not be opened: " +
                 (encoder->message_.empty() ? "it gave no reason" : encoder->message_)};
  }
  // What it made of the wishes: later changes start from there.
  x264_encoder_parameters(encoder->encoder_.get(), &encoder->parameters_);
  const std::size_t blocks = static_cast<std::size_t>((settings.width + 15) / 16) *
                             static_cast<std::size_t>((settings.height + 15) / 16);
  for (auto& flags : encoder->blocks_) flags.assign(blocks, 0);

  const X264Slices cut = x264_slices(settings, usable_cores());
  std::array<char, 160> text{};
  std::snprintf(
      text.data(), text.size(),
      "x264, %s effort, %s, %s, %d slices on %d threads, level %d.%d, %d reference frames",
      x264_effort_name(x264_effort(settings, usable_cores())),
      encoder->parameters_.b_cabac != 0 ? "CABAC" : "CAVLC",
      settings.format.chroma == Chroma::k444 ? "4:4:4" : "4:2:0", cut.slices, cut.threads,
      encoder->parameters_.i_level_idc / 10, encoder->parameters_.i_level_idc % 10,
      encoder->parameters_.i_dpb_size);
  encoder->description_ = text.data();
  if (auto warm = encoder->warm_up(); !warm) return warm.fault();
  return std::unique_ptr<Encoder>(std::move(encoder));
}

Result<bool> X264Encoder::warm_up() {
  const YuvPicture black(settings_.width, settings_.height, settings_.format);
  for (int i = 0; i < kWarmUpPictures; ++i) {
    auto unit = encode({.picture = &black});
    if (!unit) return unit.fault();
  }
  frames_ = 0;
  idr_next_ = true;
  return true;
}

Result<AccessUnit> X264Encoder::encode(const EncoderInput& input) {
  const YuvPicture& picture = *std::get<const YuvPicture*>(input.picture);
  if (picture.width() != settings_.width || picture.height() != settings_.height ||
      picture.format() != settings_.format) {
    return Fault{"The encoder was given a picture of another size or format."};
  }
  auto unit = encode_once(input, input.force_idr || idr_next_, X264_QP_AUTO);
  for (const int quantizer : kCoarser) {
    if (!unit || input.most_bytes == 0 || unit.value().bytes.size() <= input.most_bytes) break;
    // An IDR, because nobody has what this one would refer to.
    unit = encode_once(input, true, quantizer);
  }
  if (!unit) return unit;
  unit.value().number = ++frames_;
  if (unit.value().type == FrameType::kIdr) last_idr_ = frames_;
  idr_next_ = false;
  after_invalidation_ = false;
  return unit;
}

Result<AccessUnit> X264Encoder::encode_once(const EncoderInput& input, bool idr, int quantizer) {
  const YuvPicture& picture = *std::get<const YuvPicture*>(input.picture);
  x264_picture_t in;
  x264_picture_init(&in);
  in.img.i_csp = parameters_.i_csp;
  in.img.i_plane = 3;
  for (int plane = 0; plane < 3; ++plane) {
    in.img.plane[plane] = picture.plane(plane).data;
    in.img.i_stride[plane] = picture.plane(plane).stride;
  }
  in.i_pts = time_++;
  in.i_type = idr ? X264_TYPE_IDR : X264_TYPE_P;
  // x264 counts from 1 here.
  in.i_qpplus1 = quantizer == X264_QP_AUTO ? X264_QP_AUTO : quantizer + 1;
  // An unchanged block is the same as in the frame before, so it may be taken from there only when
  // that is the frame this one is predicted from. (x264 looks after that itself, too.)
  if (!idr && !after_invalidation_) in.prop.mb_info = unchanged_blocks(input);

  x264_nal_t* units = nullptr;
  int count = 0;
  x264_picture_t out;
  const int size = x264_encoder_encode(encoder_.get(), &units, &count, &in, &out);
  if (size <= 0 || count == 0) {
    return Fault{"x264 gave no frame: " + (message_.empty() ? "no reason given" : message_)};
  }
  AccessUnit unit;
  unit.bytes = without_sei(units, count);
  unit.captured = input.captured;
  unit.repeated = input.repeated;
  // x264 makes an IDR of its own when no frame is left to predict from.
  if (out.i_type == X264_TYPE_IDR) {
    unit.type = FrameType::kIdr;
  } else if (after_invalidation_) {
    unit.type = FrameType::kAfterInvalidation;
  }
  return unit;
}

std::uint8_t* X264Encoder::unchanged_blocks(const EncoderInput& input) {
  auto& flags = blocks_[static_cast<std::size_t>(time_) % blocks_.size()];
  if (input.repeated) {
    std::fill(flags.begin(), flags.end(), X264_MBINFO_CONSTANT);
    return flags.data();
  }
  if (input.changes == nullptr || input.changes->unchanged().size() != flags.size()) {
    return nullptr;
  }
  // x264 wants to be able to write there.
  std::copy_n(input.changes->unchanged().data(), flags.size(), flags.data());
  return flags.data();
}

void X264Encoder::invalidate(std::uint64_t first) {
  after_invalidation_ = true;
  if (first > frames_) return;
  // x264 does nothing about frames older than its last IDR, because nothing refers to them; but
  // whoever misses everything since then misses the IDR, too.
  if (first <= last_idr_) {
    idr_next_ = true;
    return;
  }
  const std::int64_t time = time_ - 1 - static_cast<std::int64_t>(frames_ - first);
  if (x264_encoder_invalidate_reference(encoder_.get(), time) < 0) idr_next_ = true;
}

Result<bool> X264Encoder::set_bitrate(int kbps) {
  if (kbps <= 0) return Fault{"A bitrate must be above zero."};
  x264_set_bitrate(parameters_, kbps);
  settings_.bitrate_kbps = kbps;
  x264_change_effort(parameters_, x264_effort(settings_, usable_cores()));
  if (x264_encoder_reconfig(encoder_.get(), &parameters_) < 0) {
    return Fault{"x264 refused the bitrate: " + (message_.empty() ? "no reason" : message_)};
  }
  return true;
}

}  // namespace earthshine
