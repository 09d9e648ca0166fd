#include "input/rumble_mixer.h"

#include <algorithm>

namespace earthshine {

namespace {

constexpr Nanoseconds kMillisecond = 1'000'000;

/// The part of its life in which an effect is.
struct Phase {
  bool felt = false;
  std::optional<Nanoseconds> until{};
};

Phase phase(const RumbleMixer::Effect& effect, Nanoseconds started, int count, Nanoseconds time) {
  const Nanoseconds delay = effect.delay * kMillisecond;
  const Nanoseconds length = effect.length * kMillisecond;
  if (length == 0) {
    if (time < started + delay) return {false, started + delay};
    return {true, std::nullopt};
  }
  const Nanoseconds round = delay + length;
  const Nanoseconds passed = std::max<Nanoseconds>(time - started, 0);
  const Nanoseconds turn = passed / round;
  if (turn >= count) return {};
  const Nanoseconds begin = started + turn * round;
  if (time < begin + delay) return {false, begin + delay};
  return {true, begin + round};
}

}  // namespace

void RumbleMixer::upload(int id, const Effect& effect, Nanoseconds time) {
  Slot& slot = slots_[id];
  if (slot.started) {
    const Phase present = phase(slot.effect, *slot.started, slot.count, time);
    if (!present.felt && !present.until) slot.started.reset();
  }
  slot.effect = effect;
}

void RumbleMixer::erase(int id) {
  slots_.erase(id);
}

void RumbleMixer::play(int id, int count, Nanoseconds time) {
  const auto found = slots_.find(id);
  if (found == slots_.end()) return;
  found->second.count = count;
  found->second.started.reset();
  if (count > 0) found->second.started = time;
}

void RumbleMixer::set_gain(int gain) {
  gain_ = std::clamp(gain, 0, 0xFFFF);
}

Rumble RumbleMixer::at(Nanoseconds time) const {
  std::int64_t low = 0;
  std::int64_t high = 0;
  for (const auto& [id, slot] : slots_) {
    if (!slot.started || !phase(slot.effect, *slot.started, slot.count, time).felt) continue;
    low += slot.effect.rumble.low;
    high += slot.effect.rumble.high;
  }
  const auto scaled = [this](std::int64_t sum) {
    return static_cast<std::uint16_t>(std::min<std::int64_t>(sum, 0xFFFF) * gain_ / 0xFFFF);
  };
  return {scaled(low), scaled(high)};
}

std::optional<Nanoseconds> RumbleMixer::next_change(Nanoseconds time) const {
  std::optional<Nanoseconds> next;
  for (const auto& [id, slot] : slots_) {
    if (!slot.started) continue;
    const auto until = phase(slot.effect, *slot.started, slot.count, time).until;
    if (until && (!next || *until < *next)) next = until;
  }
  return next;
}

}  // namespace earthshine
