#include "encode/x264_level.h"

#include <algorithm>

#include "encode/x264_api.h"

namespace earthshine {
namespace {

/// Bytes that kept frames may take; 1080p in 4:2:0 needs 10 MB a frame.
constexpr double kMemory = 48e6;
/// With fewer, a loss is older than the oldest frame before the client's word of it arrives: at 60
/// frames a second four of them leave 50 ms.
constexpr int kLeast = 4;
/// With more, what is gained is a round trip above 100 ms.
constexpr int kMost = 8;

/// A kept frame: luma at four sub-sample positions with borders, chroma as it is; in 4:4:4 all
/// three planes at four positions.
double bytes_per_frame(const EncoderSettings& settings) {
  const double planes = settings.format.chroma == Chroma::k444 ? 12 : 4.5;
  return planes * (settings.width + 64.0) * (settings.height + 64.0);
}

/// The lowest level that fits, as x264 finds it (table A-1); the highest when none does.
const x264_level_t& level_for(const EncoderSettings& settings) {
  const std::int64_t columns = (settings.width + 15) / 16, rows = (settings.height + 15) / 16;
  const std::int64_t blocks = columns * rows;
  // High allows 1.25 times the bits of the table, High 4:4:4 Predictive 4 times.
  const std::int64_t quarters = settings.format.chroma == Chroma::k444 ? 16 : 5;
  const std::int64_t rate = blocks * settings.rate_numerator / settings.rate_denominator;
  const x264_level_t* level = x264_levels;
  for (; level[1].level_idc != 0; ++level) {
    if (level->frame_size >= blocks && level->frame_size * 8LL >= columns * columns &&
        level->frame_size * 8LL >= rows * rows && level->dpb >= blocks && level->mbps >= rate &&
        level->bitrate * quarters / 4 >= settings.bitrate_kbps) {
      break;
    }
  }
  return *level;
}

}  // namespace

int x264_reference_frames(const EncoderSettings& settings) {
  const int blocks = ((settings.width + 15) / 16) * ((settings.height + 15) / 16);
  const int allowed = std::clamp(level_for(settings).dpb / blocks, 1, 16);
  if (settings.max_reference_frames > 0) return std::min(settings.max_reference_frames, allowed);
  const int affordable = static_cast<int>(kMemory / bytes_per_frame(settings));
  return std::min(std::clamp(affordable, kLeast, kMost), allowed);
}

int h264_level(const EncoderSettings& settings) {
  return level_for(settings).level_idc;
}

}  // namespace earthshine
