#pragma once

#include "encode/encoder.h"
#include "encode/nvenc/nvenc_library.h"

namespace earthshine {

/// What a stream is in NVENC's terms.
GUID nvenc_codec(VideoCodec codec);
GUID nvenc_profile(const EncoderSettings& settings);
/// How pictures lie in the encoder's buffer: interleaved chroma for 4:2:0, three planes for 4:4:4.
NV_ENC_BUFFER_FORMAT nvenc_format(const EncoderSettings& settings);
/// Less work a picture where there are many pixels a second.
GUID nvenc_preset(const EncoderSettings& settings);

/// Writes our wishes over a preset's: no delay, one infinite group of pictures, constant bitrate
/// over a frame and a half, parameter sets with every IDR, colours as they are.
void nvenc_configure(const EncoderSettings& settings, int reference_frames, NV_ENC_CONFIG& config);
/// Bitrate, its buffer, and the least quantizer in the codec's own scale.
void nvenc_set_rate(const EncoderSettings& settings, int kbps, int floor, NV_ENC_CONFIG& config);
NV_ENC_INITIALIZE_PARAMS nvenc_parameters(const EncoderSettings& settings, NV_ENC_CONFIG& config);

}  // namespace earthshine
