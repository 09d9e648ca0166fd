#include "encode/encoder_probe.h"

#include <algorithm>
#include <ctime>
#include <utility>

#include "encode/encoder_kinds.h"
#include "encode/painted_picture.h"
#include "encode/usable_cores.h"

namespace earthshine {
namespace {

/// What an encoder is tried with.
struct Trial {
  int width, height, rate, bitrate_kbps;
  int warm_up, measured;
  /// Its threads share the work: their time on the processors counts, not that on the wall, which a
  /// machine that is busy with something else makes many times as long.
  bool by_processor = false;
};

/// Threads that an encoder shares a large picture among at most (x264_slices).
constexpr int kMostThreads = 8;

int threads() {
  return std::min(usable_cores(), kMostThreads);
}

/// Nanoseconds that all threads of this process, which does nothing else, have had of a processor.
Nanoseconds processor_time() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

Trial trial_of(EncoderPace pace) {
  switch (pace) {
    case EncoderPace::kFixed:
      // Large enough to say something of larger ones.
      return {640, 360, 60, 3000, 1, 4, true};
    case EncoderPace::kBends:
      // As many frames a second as nobody has time for, so the least effort; large enough for all
      // of its threads.
      return {1920, 1080, 1000, 300'000, 2, 6, true};
    default:
      return {640, 360, 60, 3000, 1, 0};
  }
}

/// Encodes pictures; a fault of the encoder, or luma samples a second, 0 where nobody asks.
Result<double> try_out(Encoder& encoder, const EncoderSettings& settings, const Trial& trial) {
  YuvPicture picture(settings.width, settings.height, settings.format);
  const auto clock = trial.by_processor ? processor_time : now;
  Nanoseconds spent = 0;
  const bool measured = trial.measured > 0;
  const int count = trial.warm_up + trial.measured;
  for (int turn = 0; turn < count; ++turn) {
    if (measured) paint(picture, turn);
    // Painting is no part of it.
    const Nanoseconds start = clock();
    auto unit = encoder.encode({.picture = &picture, .captured = now()});
    if (!unit) return unit.fault();
    if (turn == 0 && unit.value().type != FrameType::kIdr) {
      return Fault{"The first frame was no IDR."};
    }
    if (turn >= trial.warm_up) spent += clock() - start;
  }
  if (!measured) return 0.0;
  const int shared = trial.by_processor ? threads() : 1;
  return static_cast<double>(settings.width) * settings.height * trial.measured * shared * 1e9 /
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

void probe_profile(EncoderProbe& probe, const EncoderKind& kind, const EncoderProfile& profile,
                   const std::string& gpu) {
  EncoderSettings settings;
  settings.codec = profile.codec;
  settings.format.chroma = profile.chroma;
  settings.format.bit_depth = profile.bit_depth;
  const Trial trial = trial_of(kind.pace);
  settings.width = trial.width;
  settings.height = trial.height;
  settings.rate_numerator = trial.rate;
  settings.bitrate_kbps = trial.bitrate_kbps;
  settings.gpu = gpu;
  ProfileProbe result{
      .name = profile.name, .chroma = profile.chroma, .bit_depth = profile.bit_depth};
  if (auto encoder = kind.open(settings); !encoder) {
    result.fault = encoder.fault().message;
  } else if (auto tried = try_out(*encoder.value(), settings, trial); !tried) {
    result.fault = tried.fault().message;
  } else {
    result.samples_per_second = tried.value();
    result.bends = kind.pace == EncoderPace::kBends;
    if (probe.description.empty()) probe.description = encoder.value()->description();
    probe.invalidation = kind.invalidation;
  }
  probe.profiles.push_back(std::move(result));
}

}  // namespace

std::vector<EncoderProbe> probe_encoders(const std::string& gpu) {
  std::vector<EncoderProbe> probes;
  for (const EncoderKind& kind : encoder_kinds()) {
    for (const EncoderProfile& profile : kind.profiles) {
      probe_profile(entry(probes, kind, profile.codec), kind, profile, gpu);
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
