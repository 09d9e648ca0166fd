#include "encode/x264_parameters.h"

#include <algorithm>
#include <cmath>

#include "encode/x264_level.h"

namespace earthshine {
namespace {

/// CPU time on one core, measured at full motion with superfast: 10.8 ms for 1080p at 31 KB a
/// frame, 21 ms at 208 KB with CABAC, 15 ms with CAVLC.
constexpr double kNanosecondsPerPixel = 4.3;
constexpr double kNanosecondsPerByteCabac = 58;
constexpr double kNanosecondsPerByteCavlc = 29;
/// Room for everything else that a frame needs.
constexpr double kShareOfInterval = 0.5;

double pixels(const EncoderSettings& settings) {
  return static_cast<double>(settings.width) * settings.height *
         (settings.format.chroma == Chroma::k444 ? 1.8 : 1.0);
}

double frames_per_second(const EncoderSettings& settings) {
  return static_cast<double>(settings.rate_numerator) / settings.rate_denominator;
}

}  // namespace

X264Effort x264_effort(const EncoderSettings& settings, int cores) {
  const double bytes = settings.bitrate_kbps * 125.0 / frames_per_second(settings);
  const double budget = kShareOfInterval * 1e9 / frames_per_second(settings) * cores;
  const double picture = pixels(settings) * kNanosecondsPerPixel;
  if (picture + bytes * kNanosecondsPerByteCabac <= budget) return X264Effort::kSuperfast;
  if (picture + bytes * kNanosecondsPerByteCavlc <= budget) return X264Effort::kSuperfastCavlc;
  return X264Effort::kUltrafast;
}

int x264_slices(const EncoderSettings& settings, int cores) {
  // A thread's part should be a quarter of 720p at least: slices cost bits at their edges.
  const int useful =
      static_cast<int>(static_cast<double>(settings.width) * settings.height / (1280.0 * 720 / 4));
  const int threads = std::clamp(useful, 1, std::clamp(cores, 1, 8));
  return std::max(settings.slices, threads);
}

int x264_quantizer_floor(const EncoderSettings& settings) {
  const double bits_per_pixel = settings.bitrate_kbps * 1000.0 /
                                (frames_per_second(settings) * settings.width * settings.height);
  // Half the quantizer step per doubling of the bits, from 0.25 bits a pixel on.
  if (bits_per_pixel <= 0.25) return 20;
  return std::clamp(static_cast<int>(std::lround(20 - 6 * std::log2(bits_per_pixel / 0.25))), 8,
                    20);
}

void x264_set_bitrate(x264_param_t& parameters, int kbps) {
  const double frame = static_cast<double>(kbps) * parameters.i_fps_den / parameters.i_fps_num;
  parameters.rc.i_bitrate = kbps;
  parameters.rc.i_vbv_max_bitrate = kbps;
  parameters.rc.i_vbv_buffer_size = std::max(1, static_cast<int>(std::lround(1.5 * frame)));
}

bool x264_parameters(const EncoderSettings& settings, int cores, x264_param_t& parameters) {
  const X264Effort effort = x264_effort(settings, cores);
  const char* preset = effort == X264Effort::kUltrafast ? "ultrafast" : "superfast";
  // zerolatency: no B-frames, no lookahead, sliced threads.
  if (x264_param_default_preset(&parameters, preset, "zerolatency") < 0) return false;
  if (effort == X264Effort::kSuperfastCavlc) parameters.b_cabac = 0;

  const bool full_chroma = settings.format.chroma == Chroma::k444;
  parameters.i_csp = full_chroma ? X264_CSP_I444 : X264_CSP_I420;
  parameters.i_bitdepth = 8;
  parameters.i_width = settings.width;
  parameters.i_height = settings.height;
  parameters.i_fps_num = static_cast<std::uint32_t>(settings.rate_numerator);
  parameters.i_fps_den = static_cast<std::uint32_t>(settings.rate_denominator);
  parameters.i_timebase_num = parameters.i_fps_den;
  parameters.i_timebase_den = parameters.i_fps_num;
  parameters.b_vfr_input = 0;

  // With sliced threads x264 makes exactly one slice per thread; with one thread it takes the
  // count.
  const int slices = x264_slices(settings, cores);
  parameters.i_threads = slices;
  parameters.i_slice_count = slices;
  parameters.b_sliced_threads = slices > 1 ? 1 : 0;

  parameters.i_keyint_max = X264_KEYINT_MAX_INFINITE;
  parameters.i_scenecut_threshold = 0;
  parameters.i_bframe = 0;
  // Motion is searched in the newest frame only; the others are kept for invalidation.
  parameters.i_frame_reference = 1;
  parameters.i_dpb_size = x264_reference_frames(settings);
  // Weighted prediction needs a lookahead, and blocks marked as constant are skipped only without.
  parameters.analyse.i_weighted_pred = X264_WEIGHTP_NONE;
  parameters.analyse.b_mb_info = 1;

  parameters.rc.i_rc_method = X264_RC_ABR;
  parameters.rc.i_qp_min = x264_quantizer_floor(settings);
  parameters.rc.b_filler = 0;
  x264_set_bitrate(parameters, settings.bitrate_kbps);

  parameters.b_repeat_headers = 1;
  parameters.b_annexb = 1;
  parameters.b_aud = 0;
  parameters.i_nal_hrd = X264_NAL_HRD_NONE;
  parameters.b_pic_struct = 0;

  // ITU-T H.264 Annex E, tables E-3 to E-5: BT.709 is 1, BT.601 with 525 lines is 6.
  const int color = settings.format.color_space == ColorSpace::kBt709 ? 1 : 6;
  parameters.vui.i_vidformat = 5;
  parameters.vui.b_fullrange = settings.format.full_range ? 1 : 0;
  parameters.vui.i_colorprim = color;
  parameters.vui.i_transfer = color;
  parameters.vui.i_colmatrix = color;
  // Chroma is the mean of 2×2 pixels, so it lies in their middle.
  parameters.vui.i_chroma_loc = full_chroma ? 0 : 1;

  parameters.i_log_level = X264_LOG_WARNING;
  return x264_param_apply_profile(&parameters, full_chroma ? "high444" : "high") == 0;
}

}  // namespace earthshine
