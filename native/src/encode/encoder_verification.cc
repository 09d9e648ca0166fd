#include "encode/encoder_verification.h"

#include <algorithm>
#include <numeric>

#include "encode/encoder_kinds.h"
#include "encode/painted_picture.h"

namespace earthshine {
namespace {

/// A second for each bitrate, of which the first third lets rate control settle.
constexpr int kFrames = 60, kSettling = 20, kAfterLoss = 10, kAfterIdr = 5;

double milliseconds(Nanoseconds time) {
  return static_cast<double>(time) / 1e6;
}

class Run {
 public:
  Run(Encoder& encoder, const EncoderSettings& settings, EncoderVerification& seen)
      : encoder_(encoder),
        settings_(settings),
        seen_(seen),
        picture_(settings.width, settings.height, settings.format) {}

  /// False when the encoder failed.
  bool frame(bool force_idr = false) {
    paint(picture_, static_cast<int>(seen_.frames.size()));
    const Nanoseconds start = now();
    auto unit = encoder_.encode({.picture = &picture_, .captured = start, .force_idr = force_idr});
    times_.push_back(milliseconds(now() - start));
    if (!unit) {
      seen_.fault = unit.fault().message;
      return false;
    }
    type_ = unit.value().type;
    number_ = unit.value().number;
    const auto bytes = unit.value().bytes;
    seen_.frames.emplace_back(bytes.begin(), bytes.end());
    return true;
  }
  bool frames(int count) {
    for (int i = 0; i < count; ++i) {
      if (!frame()) return false;
      seen_.unasked_idr_frames += type_ == FrameType::kIdr && seen_.frames.size() > 1 ? 1 : 0;
    }
    return true;
  }
  /// The rate of the frames since the one of this index.
  [[nodiscard]] double kbps_since(std::size_t first) const {
    const double bytes = std::accumulate(
        seen_.frames.begin() + static_cast<std::ptrdiff_t>(first), seen_.frames.end(), 0.0,
        [](double sum, const auto& frame) { return sum + static_cast<double>(frame.size()); });
    const auto count = static_cast<double>(seen_.frames.size() - first);
    return bytes * 8 / 1000 / count * settings_.rate_numerator / settings_.rate_denominator;
  }
  [[nodiscard]] FrameType type() const { return type_; }
  [[nodiscard]] std::uint64_t number() const { return number_; }
  [[nodiscard]] const std::vector<double>& times() const { return times_; }

 private:
  Encoder& encoder_;
  const EncoderSettings& settings_;
  EncoderVerification& seen_;
  YuvPicture picture_;
  FrameType type_ = FrameType::kPredicted;
  std::uint64_t number_ = 0;
  std::vector<double> times_;
};

bool drive(Encoder& encoder, const EncoderSettings& settings, EncoderVerification& seen, Run& run) {
  if (!run.frames(1)) return false;
  seen.first_is_idr = run.type() == FrameType::kIdr;
  if (!run.frames(kFrames - 1)) return false;
  seen.seen_kbps = run.kbps_since(kSettling);

  seen.asked_kbps_later = settings.bitrate_kbps / 2;
  if (auto changed = encoder.set_bitrate(seen.asked_kbps_later); !changed) {
    seen.fault = changed.fault().message;
    return false;
  }
  if (!run.frames(kFrames)) return false;
  seen.seen_kbps_later = run.kbps_since(kFrames + kSettling);

  // The frame before the last is lost, and the word of it comes one frame late.
  seen.lost = seen.frames.size() - 2;
  encoder.invalidate(run.number() - 1);
  if (!run.frame()) return false;
  seen.answer_to_loss = run.type() == FrameType::kIdr ? "IDR" : "predicted from an older frame";
  for (int i = 0; i < kAfterLoss; ++i) {
    if (!run.frame()) return false;
  }
  if (!run.frame(true)) return false;
  seen.idr_on_demand = run.type() == FrameType::kIdr;
  for (int i = 0; i < kAfterIdr; ++i) {
    if (!run.frame()) return false;
  }
  return true;
}

}  // namespace

EncoderVerification verify_encoder(const std::string& name, const EncoderSettings& settings) {
  EncoderVerification seen;
  seen.asked_kbps = settings.bitrate_kbps;
  const auto kinds = encoder_kinds();
  const auto kind = std::find_if(kinds.begin(), kinds.end(),
                                 [&](const EncoderKind& each) { return each.name == name; });
  if (kind == kinds.end()) {
    seen.fault = "This build has no encoder of that name.";
    return seen;
  }
  const Nanoseconds start = now();
  auto opened = kind->open(settings);
  seen.open_ms = milliseconds(now() - start);
  if (!opened) {
    seen.fault = opened.fault().message;
    return seen;
  }
  Encoder& encoder = *opened.value();
  seen.description = encoder.description();
  Run run(encoder, settings, seen);
  drive(encoder, settings, seen, run);
  std::vector<double> times = run.times();
  if (times.empty()) return seen;
  seen.first_ms = times.front();
  if (times.size() < 2) return seen;
  std::sort(times.begin() + 1, times.end());
  seen.median_ms = times[1 + (times.size() - 1) / 2];
  seen.worst_ms = times.back();
  return seen;
}

}  // namespace earthshine
