#pragma once

#include <spa/param/audio/raw.h>

#include <array>
#include <cstdint>

namespace earthshine {

/// The client's order of channels (protocol 5 §4): front, centre, low frequency, rear, side. Stereo
/// and 5.1 are its beginnings; rear stands for "back".
inline constexpr std::array<std::uint32_t, 8> kChannelPositions{
    SPA_AUDIO_CHANNEL_FL, SPA_AUDIO_CHANNEL_FR, SPA_AUDIO_CHANNEL_FC, SPA_AUDIO_CHANNEL_LFE,
    SPA_AUDIO_CHANNEL_RL, SPA_AUDIO_CHANNEL_RR, SPA_AUDIO_CHANNEL_SL, SPA_AUDIO_CHANNEL_SR};

/// The same as PipeWire's properties name them.
inline constexpr std::array<const char*, 8> kChannelNames{"FL", "FR", "FC", "LFE",
                                                          "RL", "RR", "SL", "SR"};

}  // namespace earthshine
