#include "encode/x264_parameters.h"

#include <algorithm>
#include <cmath>

#include "encode/x264_level.h"

namespace earthshine {
namespace {

/// CPU time on one core at full motion, measured (docs/5-develop/encoding.md).
struct Cost {
  double nanoseconds_per_pixel, nanoseconds_per_byte;
};
constexpr Cost cost_of(X264Effort effort) {
  switch (effort) {
    case X264Effort::kFine:
      return {6.0, 58};
    case X264Effort::kNormal:
      return {4.5, 58};
    case X264Effort::kModest:
      return {3.7, 58};
    case X264Effort::kLight:
      return {4.3, 21};
    default:
      return {3.9, 17};
  }
}
/// What an effort may take of the frame's interval on all cores. The machine serves something else
/// first, so the finer ones only where they are a small part of it: on two cores a game notices the
/// sixth that whole samples save, and nobody the decibel. CAVLC before a frame fills more than a
/// third; and there must be room for everything else that a frame needs.
constexpr double share_of(X264Effort effort) {
  switch (effort) {
    case X264Effort::kFine:
      return 0.1;
    case X264Effort::kNormal:
      return 0.14;
    case X264Effort::kModest:
      return 0.36;
    default:
      return 0.5;
  }
}

bool whole_samples(X264Effort effort) {
  return effort == X264Effort::kModest || effort == X264Effort::kLeast;
}

double pixels(const EncoderSettings& settings) {
  return static_cast<double>(settings.width) * settings.height *
         (settings.format.chroma == Chroma::k444 ? 1.8 : 1.0);
}

double frames_per_second(const EncoderSettings& settings) {
  return static_cast<double>(settings.rate_numerator) / settings.rate_denominator;
}

/// The part of each effort that can be changed while x264 runs.
void set_analysis(x264_param_t& parameters, X264Effort effort) {
  const bool fine = effort == X264Effort::kFine;
  parameters.analyse.i_subpel_refine = whole_samples(effort) ? 0 : fine ? 2 : 1;
  parameters.analyse.inter = parameters.analyse.intra =
      fine || effort == X264Effort::kModest ? X264_ANALYSE_I4x4 | X264_ANALYSE_I8x8 : 0;
}

}  // namespace

bool x264_uses_cabac(X264Effort effort) {
  return effort < X264Effort::kLight;
}

const char* x264_effort_name(X264Effort effort) {
  switch (effort) {
    case X264Effort::kFine:
      return "fine";
    case X264Effort::kNormal:
      return "normal";
    case X264Effort::kModest:
      return "modest";
    case X264Effort::kLight:
      return "light";
    default:
      return "least";
  }
}

X264Effort x264_effort(const EncoderSettings& settings, int cores) {
  const double bytes = settings.bitrate_kbps * 125.0 / frames_per_second(settings);
  const double interval = 1e9 / frames_per_second(settings) * cores;
  for (const X264Effort effort :
       {X264Effort::kFine, X264Effort::kNormal, X264Effort::kModest, X264Effort::kLight}) {
    const Cost cost = cost_of(effort);
    const double time =
        pixels(settings) * cost.nanoseconds_per_pixel + bytes * cost.nanoseconds_per_byte;
    if (time <= interval * share_of(effort)) return effort;
  }
  return X264Effort::kLeast;
}

X264Slices x264_slices(const EncoderSettings& settings, int cores) {
  // A thread's part should be a quarter of 720p at least: waking it costs time, too, and x264 wants
  // four rows of macroblocks.
  const int useful =
      static_cast<int>(static_cast<double>(settings.width) * settings.height / (1280.0 * 720 / 4));
  const int rows = (settings.height + 15) / 16;
  const int threads =
      std::clamp(useful, 1, std::min({std::max(cores, 1), 8, std::max(rows / 4, 1)}));
  const int each = (std::min(settings.slices, rows) + threads - 1) / threads;
  return {threads, threads * std::max(each, 1)};
}

int x264_quantizer_floor(const EncoderSettings& settings) {
  const double bits_per_pixel = settings.bitrate_kbps * 1000.0 /
                                (frames_per_second(settings) * settings.width * settings.height);
  // Half the quantizer step per doubling of the bits.
  constexpr double kEnough = 0.12;
  if (bits_per_pixel <= kEnough) return 20;
  return std::clamp(static_cast<int>(std::lround(20 - 6 * std::log2(bits_per_pixel / kEnough))), 8,
                    20);
}

void x264_set_bitrate(x264_param_t& parameters, int kbps) {
  const double frame = static_cast<double>(kbps) * parameters.i_fps_den / parameters.i_fps_num;
  parameters.rc.i_bitrate = kbps;
  parameters.rc.i_vbv_max_bitrate = kbps;
  parameters.rc.i_vbv_buffer_size = std::max(1, static_cast<int>(std::lround(2 * frame)));
}

bool x264_change_effort(x264_param_t& parameters, X264Effort effort) {
  if (x264_uses_cabac(effort) != (parameters.b_cabac != 0) ||
      whole_samples(effort) != (parameters.analyse.i_subpel_refine == 0)) {
    return false;
  }
  set_analysis(parameters, effort);
  return true;
}

bool x264_parameters(const EncoderSettings& settings, int cores, x264_param_t& parameters) {
  // zerolatency: no B-frames, no lookahead, sliced threads.
  if (x264_param_default_preset(&parameters, "ultrafast", "zerolatency") < 0) return false;
  const X264Effort effort = x264_effort(settings, cores);
  parameters.b_cabac = x264_uses_cabac(effort) ? 1 : 0;
  // Lone coefficients are grain and edges; CABAC writes them for next to nothing, CAVLC does not.
  parameters.analyse.b_dct_decimate = x264_uses_cabac(effort) ? 0 : 1;
  parameters.b_deblocking_filter = 1;
  // Costs and gives nothing here, but without it the stream would not be of the High profile.
  parameters.analyse.b_transform_8x8 = 1;
  set_analysis(parameters, effort);
  // Bits moved from edges to flat surfaces: at x264's strength of 1 text loses more than gradients
  // gain; this gains on both sides.
  parameters.rc.i_aq_mode = X264_AQ_VARIANCE;
  parameters.rc.f_aq_strength = 0.4F;

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

  const X264Slices cut = x264_slices(settings, cores);
  parameters.i_threads = cut.threads;
  parameters.b_sliced_threads = cut.threads > 1 ? 1 : 0;
  // Without a lookahead all that is left of it is a quick look at the picture; a pool of threads
  // for that costs ten system calls a frame and saves no time.
  parameters.i_lookahead_threads = 1;
  if (cut.threads == 1) {
    parameters.i_slice_count = cut.slices;
  } else if (cut.slices > cut.threads) {
    // x264 gives every thread a stripe and would make one slice of it.
    const int rows = (settings.height + 15) / 16;
    const int stripe = (rows + cut.threads - 1) / cut.threads, each = cut.slices / cut.threads;
    parameters.i_slice_max_mbs = (settings.width + 15) / 16 * ((stripe + each - 1) / each);
  }

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
