#include "encode/x265/x265_parameters.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace earthshine {
namespace {

constexpr int kBlock = 32;

struct ColorNames {
  const char* primaries;
  const char* transfer;
  const char* matrix;
};

ColorNames color_names(const YuvFormat& format) {
  switch (format.color_space) {
    case ColorSpace::kBt709:
      return {"bt709", "bt709", "bt709"};
    case ColorSpace::kBt2020:
      return {"bt2020", format.transfer == Transfer::kPq ? "smpte2084" : "bt2020-10", "bt2020nc"};
    default:
      return {"smpte170m", "smpte170m", "smpte170m"};
  }
}

void add_colors(const YuvFormat& format, X265Options& options) {
  const ColorNames names = color_names(format);
  options.insert(options.end(), {{"range", format.full_range ? "full" : "limited"},
                                 {"colorprim", names.primaries},
                                 {"transfer", names.transfer},
                                 {"colormatrix", names.matrix}});
  // Chroma is the mean of 2×2 pixels, so it lies in their middle.
  if (format.chroma == Chroma::k420) options.emplace_back("chromaloc", "1");
}

/// SEI of every IDR: the mastering display, which x265 takes in the order green, blue, red, and the
/// content's light.
void add_light(const MasteringLight& light, X265Options& options) {
  const auto& at = light.chromaticities;
  std::array<char, 160> text{};
  // Luminance in 1/10000 nit.
  std::snprintf(text.data(), text.size(), "G(%d,%d)B(%d,%d)R(%d,%d)WP(%d,%d)L(%lld,%d)", at[2],
                at[3], at[4], at[5], at[0], at[1], at[6], at[7], light.max_luminance * 10'000LL,
                light.min_luminance);
  options.emplace_back("master-display", text.data());
  options.emplace_back("max-cll",
                       std::to_string(light.max_content) + "," + std::to_string(light.max_average));
}

}  // namespace

int x265_threads(const EncoderSettings& settings, int cores) {
  // A row of blocks begins when the one above is two blocks ahead.
  const int rows = (settings.height + kBlock - 1) / kBlock;
  const int columns = (settings.width + kBlock - 1) / kBlock;
  return std::clamp(cores, 1, std::max(1, std::min(rows / 2, columns / 4)));
}

const char* x265_profile(const YuvFormat& format) {
  if (format.chroma == Chroma::k444) return format.bit_depth == 10 ? "main444-10" : "main444-8";
  return format.bit_depth == 10 ? "main10" : "main";
}

X265Options x265_options(const EncoderSettings& settings, int cores) {
  const std::string kbps = std::to_string(settings.bitrate_kbps);
  const double frame = static_cast<double>(settings.bitrate_kbps) * settings.rate_denominator /
                       settings.rate_numerator;
  // A frame and a half.
  const int buffer = std::max(1, static_cast<int>(std::lround(1.5 * frame)));
  X265Options options{
      {"log-level", "error"},
      {"input-res", std::to_string(settings.width) + "x" + std::to_string(settings.height)},
      {"fps",
       std::to_string(settings.rate_numerator) + "/" + std::to_string(settings.rate_denominator)},
      {"input-csp", settings.format.chroma == Chroma::k444 ? "i444" : "i420"},
      {"ctu", std::to_string(kBlock)},
      {"subme", "1"},
      {"aq-mode", "1"},
      {"aq-strength", "0.4"},
      // Rows of blocks in parallel, one frame at a time, which is out before the next comes in:
      // that works with one slice only.
      {"wpp", "1"},
      {"frame-threads", "1"},
      {"slices", "1"},
      {"lookahead-slices", "0"},
      {"pools", std::to_string(x265_threads(settings, cores))},
      {"keyint", "-1"},
      {"open-gop", "0"},
      {"scenecut", "0"},
      {"ref", "1"},
      {"weightp", "0"},
      {"repeat-headers", "1"},
      {"aud", "0"},
      {"info", "0"},
      {"hrd", "0"},
      {"hash", "0"},
      {"bitrate", kbps},
      {"vbv-maxrate", kbps},
      {"vbv-bufsize", std::to_string(buffer)},
  };
  add_colors(settings.format, options);
  if (settings.light) add_light(*settings.light, options);
  return options;
}

}  // namespace earthshine
