#include "encode/encoder_probe.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "encode/encoder_kinds.h"

namespace earthshine {
namespace {

/// Large enough to say something of larger ones.
constexpr int kWidth = 640, kHeight = 360;
constexpr int kWarmUp = 3, kMeasured = 8;

/// Nothing in it is as it was the frame before, as in a game that turns around.
void paint(YuvPicture& picture, int turn) {
  const int bytes = picture.sample_bytes();
  const int levels = picture.format().bit_depth == 10 ? 1 << 10 : 1 << 8;
  for (int index = 0; index < picture.planes(); ++index) {
    const auto& plane = picture.plane(index);
    for (int y = 0; y < plane.height; ++y) {
      for (int x = 0; x < plane.width; ++x) {
        const int value =
            ((x + 3 * turn) * (y + 2 * turn) / 64 + ((x ^ y) & 7)) % (levels / 2) + levels / 4;
        std::memcpy(plane.row(y) + static_cast<std::ptrdiff_t>(x) * bytes, &value,
                    static_cast<std::size_t>(bytes));
      }
    }
  }
}

/// Encodes pictures; a fault of the encoder, or luma samples a second, 0 where nobody asks.
Result<double> try_out(Encoder& encoder, const EncoderSettings& settings, bool measured) {
  YuvFormat format = settings.format;
  format.layout = encoder.layout();
  YuvPicture picture(settings.width, settings.height, format);
  Nanoseconds spent = 0;
  const int count = measured ? kWarmUp + kMeasured : 1;
  for (int turn = 0; turn < count; ++turn) {
    if (measured) paint(picture, turn);
    // Painting is no part of it.
    const Nanoseconds start = now();
    auto unit = encoder.encode({.picture = &picture, .captured = start});
    if (!unit) return unit.fault();
    if (turn == 0 && unit.value().type != FrameType::kIdr) {
      return Fault{"The first frame was no IDR."};
    }
    if (turn >= kWarmUp) spent += now() - start;
  }
  if (!measured) return 0.0;
  return static_cast<double>(settings.width) * settings.height * kMeasured * 1e9 /
         static_cast<double>(std::max<Nanoseconds>(spent, 1));
}

/// One of them for each codec.
EncoderProbe& entry(std::vector<EncoderProbe>& probes, const EncoderKind& kind, VideoCodec codec) {
  const auto found = std::find_if(probes.begin(), probes.end(), [&](const EncoderProbe& probe) {
    return probe.codec == codec && probe.name == kind.name;
  });
  if (found != probes.end()) return *found;
  probes.push_back({.name = kind.name, .codec = codec});
  return probes.back();
}

void probe_profile(EncoderProbe& probe, const EncoderKind& kind, const EncoderProfile& profile) {
  EncoderSettings settings;
  settings.codec = profile.codec;
  settings.format.chroma = profile.chroma;
  settings.format.bit_depth = profile.bit_depth;
  settings.width = kWidth;
  settings.height = kHeight;
  settings.bitrate_kbps = 3000;
  ProfileProbe result{
      .name = profile.name, .chroma = profile.chroma, .bit_depth = profile.bit_depth};
  if (auto encoder = kind.open(settings); !encoder) {
    result.fault = encoder.fault().message;
  } else if (auto tried = try_out(*encoder.value(), settings, kind.measured); !tried) {
    result.fault = tried.fault().message;
  } else {
    result.samples_per_second = tried.value();
    if (probe.description.empty()) probe.description = encoder.value()->description();
    probe.invalidation = kind.invalidation;
  }
  probe.profiles.push_back(std::move(result));
}

}  // namespace

std::vector<EncoderProbe> probe_encoders() {
  std::vector<EncoderProbe> probes;
  for (const EncoderKind& kind : encoder_kinds()) {
    for (const EncoderProfile& profile : kind.profiles) {
      probe_profile(entry(probes, kind, profile.codec), kind, profile);
    }
  }
  for (EncoderProbe& probe : probes) {
    // One profile that works makes it usable.
    const bool usable = std::any_of(probe.profiles.begin(), probe.profiles.end(),
                                    [](const auto& profile) { return profile.fault.empty(); });
    if (!usable) probe.fault = probe.profiles.front().fault;
  }
  return probes;
}

}  // namespace earthshine
