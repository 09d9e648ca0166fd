#include "encode/x265/x265_encoder.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "encode/usable_cores.h"

namespace earthshine {
namespace {

constexpr int kWarmUpPictures = 2;
/// A bitrate that grew by this much is worth an IDR.
constexpr double kWorthAnIdr = 1.25;
/// Two blocks.
constexpr int kLeastSide = 64;
/// What a picture that became too long is encoded with instead: each about halves it, the last is
/// the coarsest there is.
constexpr std::array kCoarser{32, 38, 44, 51};
constexpr std::array kProfiles{
    EncoderProfile{.codec = VideoCodec::kHevc, .name = "Main"},
    EncoderProfile{.codec = VideoCodec::kHevc, .bit_depth = 10, .name = "Main 10"},
    EncoderProfile{.codec = VideoCodec::kHevc, .chroma = Chroma::k444, .name = "Main 4:4:4"},
    EncoderProfile{.codec = VideoCodec::kHevc,
                   .chroma = Chroma::k444,
                   .bit_depth = 10,
                   .name = "Main 4:4:4 10"},
};

/// HEVC table 7-1.
constexpr std::uint32_t kIdrWithLeading = 19, kIdr = 20;

Fault failed(const char* what) {
  return Fault{std::string("x265 ") + what + ": the log has its reason."};
}

}  // namespace

EncoderKind x265_kind() {
  return {.name = "x265",
          .profiles = kProfiles,
          .pace = EncoderPace::kFixed,
          .invalidation = false,
          .open = X265Encoder::open};
}

X265Encoder::~X265Encoder() {
  stop();
}

Result<std::unique_ptr<Encoder>> X265Encoder::open(const EncoderSettings& settings) {
  if (profile_for(x265_kind(), settings) == nullptr) {
    return Fault{"x265 serves HEVC with 8 and 10 bits only."};
  }
  if (settings.width < kLeastSide || settings.height < kLeastSide || settings.width % 2 != 0 ||
      settings.height % 2 != 0 || settings.rate_numerator <= 0 || settings.rate_denominator <= 0 ||
      settings.bitrate_kbps <= 0 || settings.slices < 1) {
    return Fault{"x265 needs an even size of at least 64×64, a frame rate, a bitrate and a slice."};
  }
  auto library = X265Library::get(settings.format.bit_depth);
  if (!library) return library.fault();
  // The constructor is private; the pointer owns it from here on.
  std::unique_ptr<X265Encoder> encoder(new X265Encoder(settings, *library.value()));
  if (auto started = encoder->start(); !started) return started.fault();
  std::array<char, 128> text{};
  std::snprintf(text.data(), text.size(), "x265 %.20s, %s, %d bits, 1 slice on %d threads",
                library.value()->version,
                settings.format.chroma == Chroma::k444 ? "4:4:4" : "4:2:0",
                settings.format.bit_depth, x265_threads(settings, usable_cores()));
  encoder->description_ = text.data();
  if (auto warm = encoder->warm_up(); !warm) return warm.fault();
  return std::unique_ptr<Encoder>(std::move(encoder));
}

Result<bool> X265Encoder::start() {
  parameters_ = library_.param_alloc();
  picture_ = library_.picture_alloc();
  if (parameters_ == nullptr || picture_ == nullptr) return failed("had no memory");
  if (library_.param_default_preset(parameters_, "ultrafast", "zerolatency") < 0 ||
      !set(x265_options(settings_, usable_cores())) ||
      library_.param_apply_profile(parameters_, x265_profile(settings_.format)) < 0) {
    return failed("did not take its options");
  }
  encoder_ = library_.encoder_open(parameters_);
  if (encoder_ == nullptr) return failed("could not be opened");
  idr_next_ = true;
  return true;
}

void X265Encoder::stop() {
  if (encoder_ != nullptr) library_.encoder_close(encoder_);
  if (picture_ != nullptr) library_.picture_free(picture_);
  if (parameters_ != nullptr) library_.param_free(parameters_);
  encoder_ = nullptr;
  picture_ = nullptr;
  parameters_ = nullptr;
}

bool X265Encoder::set(const X265Options& options) {
  return std::all_of(options.begin(), options.end(), [&](const auto& option) {
    return library_.param_parse(parameters_, option.first, option.second.c_str()) == 0;
  });
}

Result<bool> X265Encoder::warm_up() {
  const YuvPicture black(settings_.width, settings_.height, settings_.format);
  for (int i = 0; i < kWarmUpPictures; ++i) {
    auto unit = encode({.picture = &black});
    if (!unit) return unit.fault();
  }
  frames_ = 0;
  idr_next_ = true;
  return true;
}

Result<AccessUnit> X265Encoder::encode(const EncoderInput& input) {
  const YuvPicture& picture = *std::get<const YuvPicture*>(input.picture);
  if (picture.width() != settings_.width || picture.height() != settings_.height ||
      picture.format() != settings_.format) {
    return Fault{"The encoder was given a picture of another size or format."};
  }
  if (bitrate_is_due(input.force_idr || idr_next_)) {
    settings_.bitrate_kbps = wished_kbps_;
    stop();
    if (auto started = start(); !started) return started.fault();
  }
  auto unit = encode_once(input, input.force_idr || idr_next_, 0);
  for (const int quantizer : kCoarser) {
    if (!unit || input.most_bytes == 0 || unit.value().bytes.size() <= input.most_bytes) break;
    // An IDR, because nobody has what this one would refer to.
    unit = encode_once(input, true, quantizer);
  }
  if (!unit) return unit;
  unit.value().number = ++frames_;
  idr_next_ = false;
  return unit;
}

Result<AccessUnit> X265Encoder::encode_once(const EncoderInput& input, bool idr, int quantizer) {
  const YuvPicture& picture = *std::get<const YuvPicture*>(input.picture);
  X265Library::Input in{};
  in.time = time_++;
  for (int plane = 0; plane < 3; ++plane) {
    in.planes[plane] = picture.plane(plane).data;
    in.strides[plane] = picture.plane(plane).stride;
  }
  in.bit_depth = settings_.format.bit_depth;
  in.color_space = settings_.format.chroma == Chroma::k444 ? kX265Csp444 : kX265Csp420;
  in.slice_type = idr ? kX265TypeIdr : kX265TypeP;
  // x265 counts from 1 here; 0 leaves it the choice.
  in.forced_quantizer = quantizer == 0 ? 0 : quantizer + 1;
  library_.picture_init(parameters_, picture_);
  library_.fill(picture_, in);

  X265Library::Unit* units = nullptr;
  std::uint32_t count = 0;
  if (library_.encoder_encode(encoder_, &units, &count, picture_, nullptr) <= 0 || count == 0) {
    return failed("gave no frame");
  }
  AccessUnit unit;
  // The units follow one another in memory.
  unit.bytes = {units[0].bytes, units[count - 1].bytes + units[count - 1].size};
  unit.captured = input.captured;
  unit.repeated = input.repeated;
  const std::uint32_t type = units[count - 1].type;
  if (type == kIdrWithLeading || type == kIdr) {
    unit.type = FrameType::kIdr;
  }
  return unit;
}

bool X265Encoder::bitrate_is_due(bool idr) const {
  const int now = settings_.bitrate_kbps;
  return wished_kbps_ < now || wished_kbps_ >= now * kWorthAnIdr || (idr && wished_kbps_ != now);
}

Result<bool> X265Encoder::set_bitrate(int kbps) {
  if (kbps <= 0) return Fault{"A bitrate must be above zero."};
  wished_kbps_ = kbps;
  return true;
}

}  // namespace earthshine
