#include "audio/listener.h"

#include <opus/opus_multistream.h>

#include <chrono>
#include <cmath>
#include <complex>
#include <numbers>
#include <thread>

namespace earthshine::test {

namespace {
constexpr int kHeardFrames = kSampleRate / 5;
}

Listener::Listener(const OpusLayout& layout, AudioTrackOptions::Source source,
                   const std::string& sink)
    : layout_(layout), heard_(static_cast<std::size_t>(kHeardFrames * layout.channels)) {
  int error = 0;
  decoder_ = opus_multistream_decoder_create(kSampleRate, layout.channels, layout.streams,
                                             layout.coupled_streams, layout.mapping.data(), &error);
  auto track = AudioTrack::open(
      {.channels = layout.channels,
       .streams = layout.streams,
       .coupled_streams = layout.coupled_streams,
       .mapping = layout.mapping,
       .bitrate = layout.bitrate,
       .packet_duration = layout.packet_duration,
       .source = source,
       .sink = sink},
      [this](std::span<const std::uint8_t> opus) {
        const int frames = kSampleRate / 1000 * layout_.packet_duration;
        std::vector<float> samples(static_cast<std::size_t>(frames * layout_.channels));
        const int decoded = opus_multistream_decode_float(
            decoder_, opus.data(), static_cast<int>(opus.size()), samples.data(), frames, 0);
        const std::lock_guard lock(mutex_);
        if (decoded == frames) ++packets_;
        heard_.erase(heard_.begin(), heard_.begin() + static_cast<std::ptrdiff_t>(samples.size()));
        heard_.insert(heard_.end(), samples.begin(), samples.end());
      },
      [this](std::string message, bool recovered) {
        const std::lock_guard lock(mutex_);
        notices_.push_back({std::move(message), recovered});
      });
  if (track) track_ = std::move(track.value());
}

Listener::~Listener() {
  close();
  opus_multistream_decoder_destroy(decoder_);
}

void Listener::close() {
  if (track_) track_->close();
}

int Listener::packets() const {
  const std::lock_guard lock(mutex_);
  return packets_;
}

std::vector<Listener::Notice> Listener::notices() const {
  const std::lock_guard lock(mutex_);
  return notices_;
}

double Listener::amplitude(int channel, double hertz) const {
  const std::lock_guard lock(mutex_);
  std::complex<double> sum = 0;
  double weights = 0;
  for (int frame = 0; frame < kHeardFrames; ++frame) {
    const double window =
        0.5 - 0.5 * std::cos(2 * std::numbers::pi * frame / kHeardFrames);  // Hann
    const double angle = 2 * std::numbers::pi * hertz * frame / kSampleRate;
    sum +=
        static_cast<double>(heard_[static_cast<std::size_t>(frame * layout_.channels + channel)]) *
        window * std::polar(1.0, -angle);
    weights += window;
  }
  return 2 * std::abs(sum) / weights;
}

bool Listener::settles(int channel, double hertz, double lowest, double highest,
                       double seconds) const {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  for (;;) {
    const double found = amplitude(channel, hertz);
    if (found >= lowest && found <= highest) return true;
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

}  // namespace earthshine::test
