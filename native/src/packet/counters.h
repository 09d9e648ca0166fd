#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace earthshine {

/// The counters of one viewer in shared memory owned by the control process. Each field holds the
/// next unused value and is advanced *before* use, so that a process killed at any point never lets
/// a number or a nonce be used twice under one key, and its successor goes on without a gap that
/// the client would call a loss. One writer at a time: the viewer's send thread for video, its
/// audio thread for audio.
struct alignas(64) CounterSlot {
  /// next frameIndex; the control process sets 1 for a new key
  std::atomic<std::uint32_t> video_frame;
  /// next packet counter: sequence number = low 16 bits, streamPacketIndex = value << 8
  std::atomic<std::uint32_t> video_packet;
  /// next AES-GCM packet counter of the video plane, from 0
  std::atomic<std::uint64_t> video_nonce;
  /// next audio sequence (16 bits used), from 0
  std::atomic<std::uint32_t> audio_sequence;
  /// next audio timestamp in milliseconds, from 0
  std::atomic<std::uint32_t> audio_timestamp;
  /// CLOCK_MONOTONIC nanoseconds that 90 kHz timestamp 0 stands for; 0: not chosen yet
  std::atomic<std::int64_t> video_epoch;
};
static_assert(sizeof(CounterSlot) == 64);
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

inline constexpr std::size_t kCounterSlots = 64;
inline constexpr std::size_t kCounterPageBytes = kCounterSlots * sizeof(CounterSlot);

}  // namespace earthshine
