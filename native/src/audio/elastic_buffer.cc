#include "audio/elastic_buffer.h"

#include <algorithm>
#include <cstdlib>
#include <limits>

namespace earthshine {

namespace {

/// 341 ms at 48 kHz; a power of two, so that the ring's index is a mask.
constexpr std::size_t kCapacity = 16'384;
/// 2 ms: what the wake-ups of both threads wander on a machine that is not overloaded.
constexpr std::size_t kSmallestMargin = 96;
/// 20 ms
constexpr std::size_t kLargestMargin = 960;
/// 1 ms more after each underrun
constexpr std::size_t kMarginStep = 48;
/// Within half a millisecond of the margin nothing is corrected.
constexpr std::int64_t kDeadBand = 24;
/// A surplus above 20 ms goes at once: a pause of the reader or a burst of the server left it.
constexpr std::int64_t kSpliceAbove = 960;
/// The first window after filling knows nothing of the rhythm and holds more than it needs.
constexpr std::int64_t kSpliceAboveAtFirst = 96;
/// 1 ms
constexpr std::size_t kFade = 48;
constexpr std::int64_t kUnknown = std::numeric_limits<std::int64_t>::max();
/// frames in a quarter of a second
constexpr std::size_t kWindowFrames = 12'000;

}  // namespace

ElasticBuffer::ElasticBuffer(int channels, int packet_frames)
    : channels_(static_cast<std::size_t>(channels)),
      packet_(static_cast<std::size_t>(packet_frames)),
      window_(static_cast<int>(kWindowFrames / packet_)),
      ring_(kCapacity * channels_),
      margin_(kSmallestMargin),
      last_frame_(channels_) {}

void ElasticBuffer::write(std::span<const float> samples, Nanoseconds time) {
  const std::uint64_t written = written_.load(std::memory_order_relaxed);
  const std::uint64_t taken = taken_.load(std::memory_order_acquire);
  const std::size_t room = kCapacity - static_cast<std::size_t>(written - taken);
  const std::size_t frames = std::min(samples.size() / channels_, room);
  const std::size_t start = static_cast<std::size_t>(written) % kCapacity;
  const std::size_t first = std::min(frames, kCapacity - start);
  std::copy_n(samples.data(), first * channels_, ring_.data() + start * channels_);
  std::copy_n(samples.data() + first * channels_, (frames - first) * channels_, ring_.data());
  portion_.store(frames, std::memory_order_relaxed);
  written_at_.store(time, std::memory_order_relaxed);
  written_.store(written + frames, std::memory_order_release);
}

std::size_t ElasticBuffer::fill() const {
  return static_cast<std::size_t>(written_.load(std::memory_order_acquire) -
                                  taken_.load(std::memory_order_relaxed));
}

ElasticBuffer::State ElasticBuffer::state(Nanoseconds time) const {
  const std::uint64_t taken = taken_.load(std::memory_order_relaxed);
  std::uint64_t written = written_.load(std::memory_order_acquire);
  for (;;) {
    const auto portion = static_cast<std::int64_t>(portion_.load(std::memory_order_relaxed));
    const Nanoseconds elapsed = time - written_at_.load(std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_acquire);
    const std::uint64_t again = written_.load(std::memory_order_relaxed);
    if (again == written) {
      const std::int64_t passed = std::clamp<std::int64_t>(elapsed * 48 / 1'000'000, 0, portion);
      return {static_cast<std::size_t>(written - taken), portion - passed};
    }
    written = again;
  }
}

bool ElasticBuffer::read(std::span<float> packet, Nanoseconds time) {
  const auto [available, luck] = state(time);
  if (filling_) {
    // Between two portions as many frames are read as one portion holds, rounded up to packets.
    const std::size_t needed = portion_.load(std::memory_order_relaxed) + packet_ + margin_;
    if (available < needed) {
      std::fill(packet.begin(), packet.end(), 0.0F);
      return false;
    }
    filling_ = false;
    fade_in_ = true;
    first_window_ = true;
    smallest_reserve_ = kUnknown;
    packets_in_window_ = 0;
    correction_ = 0;
    surplus_ = 0;
  }
  if (available < packet_) {
    run_dry(packet, available);
    return false;
  }

  std::size_t consumed = packet_;
  if (surplus_ > 0 && available >= packet_ + surplus_) {
    splice(packet, surplus_);
    consumed += surplus_;
    surplus_ = 0;
  } else if (correction_ != 0 && --until_correction_ <= 0 && available >= packet_ + 3) {
    consumed = correction_ > 0 ? packet_ + 1 : packet_ - 1;
    stretch(packet, consumed);
    correction_ += correction_ > 0 ? -1 : 1;
    until_correction_ =
        correction_ == 0 ? 0 : (window_ - packets_in_window_) / std::abs(correction_);
  } else {
    copy(packet, packet_);
  }
  consume(consumed);
  if (fade_in_) {
    fade_in_ = false;
    for (std::size_t frame = 0; frame < kFade; ++frame) {
      for (std::size_t channel = 0; channel < channels_; ++channel) {
        packet[frame * channels_ + channel] *= static_cast<float>(frame) / kFade;
      }
    }
  }
  smallest_reserve_ =
      std::min(smallest_reserve_, static_cast<std::int64_t>(available - consumed) - luck);
  if (++packets_in_window_ >= window_) end_window();
  return true;
}

void ElasticBuffer::end_window() {
  const auto excess = smallest_reserve_ - static_cast<std::int64_t>(margin_);
  correction_ = 0;
  if (excess > (first_window_ ? kSpliceAboveAtFirst : kSpliceAbove)) {
    surplus_ = static_cast<std::size_t>(excess);
  } else if (std::abs(excess) > kDeadBand) {
    // Half of the difference, at most a frame in every other packet (0.2 % of the pitch at 5 ms).
    correction_ = static_cast<int>(std::clamp<std::int64_t>(excess / 2, -window_ / 2, window_ / 2));
    until_correction_ = window_ / std::max(1, std::abs(correction_));
  }
  if (margin_ > kSmallestMargin) margin_ -= std::max<std::size_t>(1, margin_ / 256);
  first_window_ = false;
  smallest_reserve_ = kUnknown;
  packets_in_window_ = 0;
}

void ElasticBuffer::run_dry(std::span<float> packet, std::size_t available) {
  std::fill(packet.begin(), packet.end(), 0.0F);
  copy(packet, available);
  const std::size_t fade = std::min(available, kFade);
  for (std::size_t step = 0; step < fade; ++step) {
    const std::size_t frame = available - 1 - step;
    for (std::size_t channel = 0; channel < channels_; ++channel) {
      packet[frame * channels_ + channel] *= static_cast<float>(step) / static_cast<float>(fade);
    }
  }
  consume(available);
  filling_ = true;
  margin_ = std::min(margin_ + kMarginStep, kLargestMargin);
  ++underruns_;
}

float ElasticBuffer::sample(std::size_t frame, std::size_t channel) const {
  const auto at = static_cast<std::size_t>(taken_.load(std::memory_order_relaxed)) + frame;
  return ring_[at % kCapacity * channels_ + channel];
}

void ElasticBuffer::copy(std::span<float> packet, std::size_t frames) const {
  const std::size_t start =
      static_cast<std::size_t>(taken_.load(std::memory_order_relaxed)) % kCapacity;
  const std::size_t first = std::min(frames, kCapacity - start);
  std::copy_n(ring_.data() + start * channels_, first * channels_, packet.data());
  std::copy_n(ring_.data(), (frames - first) * channels_, packet.data() + first * channels_);
}

/// `consumed` frames on the length of a packet, by cubic (Catmull-Rom) interpolation. The packet
/// after it begins exactly one step later, so that there is no edge between the two.
void ElasticBuffer::stretch(std::span<float> packet, std::size_t consumed) const {
  for (std::size_t frame = 0; frame < packet_; ++frame) {
    const std::size_t scaled = frame * consumed;
    const std::size_t whole = scaled / packet_;
    const float t = static_cast<float>(scaled % packet_) / static_cast<float>(packet_);
    for (std::size_t channel = 0; channel < channels_; ++channel) {
      const float before = whole == 0 ? last_frame_[channel] : sample(whole - 1, channel);
      const float from = sample(whole, channel);
      const float to = sample(whole + 1, channel);
      const float after = sample(whole + 2, channel);
      packet[frame * channels_ + channel] =
          from + 0.5F * t *
                     (to - before +
                      t * (2 * before - 5 * from + 4 * to - after +
                           t * (3 * (from - to) + after - before)));
    }
  }
}

void ElasticBuffer::splice(std::span<float> packet, std::size_t surplus) const {
  for (std::size_t frame = 0; frame < packet_; ++frame) {
    const float weight = static_cast<float>(frame) / static_cast<float>(packet_);
    for (std::size_t channel = 0; channel < channels_; ++channel) {
      packet[frame * channels_ + channel] =
          (1 - weight) * sample(frame, channel) + weight * sample(frame + surplus, channel);
    }
  }
}

void ElasticBuffer::consume(std::size_t frames) {
  if (frames == 0) return;
  for (std::size_t channel = 0; channel < channels_; ++channel) {
    last_frame_[channel] = sample(frames - 1, channel);
  }
  taken_.fetch_add(frames, std::memory_order_release);
}

}  // namespace earthshine
