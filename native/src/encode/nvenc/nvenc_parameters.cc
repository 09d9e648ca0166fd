#include "encode/nvenc/nvenc_parameters.h"

#include <algorithm>
#include <cmath>

#include "encode/headers/color_description.h"

namespace earthshine {
namespace {

/// A frame and a half: what a link carries without falling behind.
constexpr double kBufferedFrames = 1.5;
/// 1440p at 60 frames a second; above that the quickest preset and one pass.
constexpr double kManyPixels = 2560.0 * 1440 * 62;

double pixels_per_second(const EncoderSettings& settings) {
  return static_cast<double>(settings.width) * settings.height * settings.rate_numerator /
         settings.rate_denominator;
}

std::uint32_t chroma_format(const EncoderSettings& settings) {
  return settings.format.chroma == Chroma::k444 ? 3 : 1;
}

/// H.264's and HEVC's are the same structure.
void describe(const EncoderSettings& settings, NV_ENC_CONFIG_H264_VUI_PARAMETERS& vui) {
  const ColorDescription color = color_description(settings.format);
  vui.videoSignalTypePresentFlag = 1;
  vui.videoFormat = NV_ENC_VUI_VIDEO_FORMAT_UNSPECIFIED;
  vui.videoFullRangeFlag = settings.format.full_range ? 1 : 0;
  vui.colourDescriptionPresentFlag = 1;
  vui.colourPrimaries = static_cast<NV_ENC_VUI_COLOR_PRIMARIES>(color.primaries);
  vui.transferCharacteristics = static_cast<NV_ENC_VUI_TRANSFER_CHARACTERISTIC>(color.transfer);
  vui.colourMatrix = static_cast<NV_ENC_VUI_MATRIX_COEFFS>(color.matrix);
  if (settings.format.chroma == Chroma::k420) {
    // The mean of 2×2 pixels lies in their middle.
    vui.chromaSampleLocationFlag = 1;
    vui.chromaSampleLocationTop = vui.chromaSampleLocationBot = 1;
  }
  // Nothing is reordered, and the stream says so: else a decoder holds pictures back.
  vui.bitstreamRestrictionFlag = 1;
}

void configure_h264(const EncoderSettings& settings, int references, NV_ENC_CONFIG_H264& codec) {
  codec.repeatSPSPPS = 1;
  codec.outputAUD = codec.outputBufferingPeriodSEI = codec.outputPictureTimingSEI = 0;
  codec.enableFillerDataInsertion = 0;
  codec.idrPeriod = NVENC_INFINITE_GOPLENGTH;
  codec.maxNumRefFrames = static_cast<std::uint32_t>(references);
  codec.numRefL0 = NV_ENC_NUM_REF_FRAMES_1;
  codec.sliceMode = 3;
  codec.sliceModeData = static_cast<std::uint32_t>(settings.slices);
  codec.chromaFormatIDC = chroma_format(settings);
  codec.entropyCodingMode = NV_ENC_H264_ENTROPY_CODING_MODE_CABAC;
  describe(settings, codec.h264VUIParameters);
}

void configure_hevc(const EncoderSettings& settings, int references, NV_ENC_CONFIG_HEVC& codec) {
  codec.repeatSPSPPS = 1;
  codec.outputAUD = codec.outputBufferingPeriodSEI = codec.outputPictureTimingSEI = 0;
  codec.enableFillerDataInsertion = 0;
  codec.idrPeriod = NVENC_INFINITE_GOPLENGTH;
  codec.maxNumRefFramesInDPB = static_cast<std::uint32_t>(references);
  codec.numRefL0 = NV_ENC_NUM_REF_FRAMES_1;
  codec.sliceMode = 3;
  codec.sliceModeData = static_cast<std::uint32_t>(settings.slices);
  codec.chromaFormatIDC = chroma_format(settings);
  codec.pixelBitDepthMinus8 = static_cast<std::uint32_t>(settings.format.bit_depth - 8);
  describe(settings, codec.hevcVUIParameters);
}

void configure_av1(const EncoderSettings& settings, int references, NV_ENC_CONFIG_AV1& codec) {
  const ColorDescription color = color_description(settings.format);
  codec.repeatSeqHdr = 1;
  codec.outputAnnexBFormat = 0;
  codec.enableBitstreamPadding = 0;
  codec.idrPeriod = NVENC_INFINITE_GOPLENGTH;
  codec.maxNumRefFramesInDPB = static_cast<std::uint32_t>(references);
  codec.numFwdRefs = NV_ENC_NUM_REF_FRAMES_1;
  codec.chromaFormatIDC = chroma_format(settings);
  codec.inputPixelBitDepthMinus8 = codec.pixelBitDepthMinus8 =
      static_cast<std::uint32_t>(settings.format.bit_depth - 8);
  codec.colorPrimaries = static_cast<NV_ENC_VUI_COLOR_PRIMARIES>(color.primaries);
  codec.transferCharacteristics = static_cast<NV_ENC_VUI_TRANSFER_CHARACTERISTIC>(color.transfer);
  codec.matrixCoefficients = static_cast<NV_ENC_VUI_MATRIX_COEFFS>(color.matrix);
  codec.colorRange = settings.format.full_range ? 1 : 0;
  // Tiles in rows, a power of two of them; at least as many as slices are wished.
  std::uint32_t rows = 1;
  while (static_cast<int>(rows) < settings.slices && rows < 8) rows *= 2;
  codec.numTileRows = rows;
  codec.numTileColumns = 1;
}

}  // namespace

GUID nvenc_codec(VideoCodec codec) {
  switch (codec) {
    case VideoCodec::kH264:
      return NV_ENC_CODEC_H264_GUID;
    case VideoCodec::kHevc:
      return NV_ENC_CODEC_HEVC_GUID;
    default:
      return NV_ENC_CODEC_AV1_GUID;
  }
}

GUID nvenc_profile(const EncoderSettings& settings) {
  const bool full_chroma = settings.format.chroma == Chroma::k444;
  switch (settings.codec) {
    case VideoCodec::kH264:
      return full_chroma ? NV_ENC_H264_PROFILE_HIGH_444_GUID : NV_ENC_H264_PROFILE_HIGH_GUID;
    case VideoCodec::kHevc:
      if (full_chroma) return NV_ENC_HEVC_PROFILE_FREXT_GUID;
      return settings.format.bit_depth == 10 ? NV_ENC_HEVC_PROFILE_MAIN10_GUID
                                             : NV_ENC_HEVC_PROFILE_MAIN_GUID;
    default:
      return NV_ENC_AV1_PROFILE_MAIN_GUID;
  }
}

NV_ENC_BUFFER_FORMAT nvenc_format(const EncoderSettings& settings) {
  const bool deep = settings.format.bit_depth == 10;
  if (settings.format.chroma == Chroma::k444) {
    return deep ? NV_ENC_BUFFER_FORMAT_YUV444_10BIT : NV_ENC_BUFFER_FORMAT_YUV444;
  }
  return deep ? NV_ENC_BUFFER_FORMAT_YUV420_10BIT : NV_ENC_BUFFER_FORMAT_NV12;
}

GUID nvenc_preset(const EncoderSettings& settings) {
  return pixels_per_second(settings) > kManyPixels ? NV_ENC_PRESET_P1_GUID : NV_ENC_PRESET_P3_GUID;
}

void nvenc_set_rate(const EncoderSettings& settings, int kbps, int floor, NV_ENC_CONFIG& config) {
  NV_ENC_RC_PARAMS& rate = config.rcParams;
  const double frame = 1000.0 * kbps * settings.rate_denominator / settings.rate_numerator;
  rate.averageBitRate = rate.maxBitRate = static_cast<std::uint32_t>(kbps) * 1000;
  rate.vbvBufferSize = rate.vbvInitialDelay =
      static_cast<std::uint32_t>(std::lround(kBufferedFrames * frame));
  rate.enableMinQP = floor > 0 ? 1 : 0;
  const auto least = static_cast<std::uint32_t>(floor);
  rate.minQP = {.qpInterP = least, .qpInterB = least, .qpIntra = least};
}

void nvenc_configure(const EncoderSettings& settings, int reference_frames, NV_ENC_CONFIG& config) {
  config.profileGUID = nvenc_profile(settings);
  config.gopLength = NVENC_INFINITE_GOPLENGTH;
  config.frameIntervalP = 1;
  NV_ENC_RC_PARAMS& rate = config.rcParams;
  rate.rateControlMode = NV_ENC_PARAMS_RC_CBR;
  rate.zeroReorderDelay = 1;
  rate.enableLookahead = 0;
  rate.lookaheadDepth = 0;
  rate.lowDelayKeyFrameScale = 1;
  rate.multiPass = pixels_per_second(settings) > kManyPixels ? NV_ENC_MULTI_PASS_DISABLED
                                                             : NV_ENC_TWO_PASS_QUARTER_RESOLUTION;
  rate.enableAQ = 0;
  switch (settings.codec) {
    case VideoCodec::kH264:
      configure_h264(settings, reference_frames, config.encodeCodecConfig.h264Config);
      break;
    case VideoCodec::kHevc:
      configure_hevc(settings, reference_frames, config.encodeCodecConfig.hevcConfig);
      break;
    case VideoCodec::kAv1:
      configure_av1(settings, reference_frames, config.encodeCodecConfig.av1Config);
      break;
  }
}

NV_ENC_INITIALIZE_PARAMS nvenc_parameters(const EncoderSettings& settings, NV_ENC_CONFIG& config) {
  NV_ENC_INITIALIZE_PARAMS parameters{};
  parameters.version = NV_ENC_INITIALIZE_PARAMS_VER;
  parameters.encodeGUID = nvenc_codec(settings.codec);
  parameters.presetGUID = nvenc_preset(settings);
  parameters.tuningInfo = NV_ENC_TUNING_INFO_ULTRA_LOW_LATENCY;
  parameters.encodeWidth = parameters.darWidth = parameters.maxEncodeWidth =
      static_cast<std::uint32_t>(settings.width);
  parameters.encodeHeight = parameters.darHeight = parameters.maxEncodeHeight =
      static_cast<std::uint32_t>(settings.height);
  parameters.frameRateNum = static_cast<std::uint32_t>(settings.rate_numerator);
  parameters.frameRateDen = static_cast<std::uint32_t>(settings.rate_denominator);
  // The driver chooses references, among those that are not invalidated.
  parameters.enablePTD = 1;
  parameters.encodeConfig = &config;
  return parameters;
}

}  // namespace earthshine
