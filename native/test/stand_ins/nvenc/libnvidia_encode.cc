// A stand-in of libnvidia-encode.so.1: x264 in the place of the GPU's circuits, with the driver's
// checks of versions and of the order of calls.
//
//   EARTHSHINE_STAND_IN_NVENC=WORD[=NUMBER],…
//     no-hevc  no-444  no-invalidation  refuse-session  refuse-settings
//     slow=MILLISECONDS  hang=FRAME  crash=FRAME  lost=FRAME (and later)

// clang-format off
#include <ffnvcodec/nvEncodeAPI.h>
// clang-format on

#include <chrono>
#include <csignal>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "../orders.h"
#include "encoder.h"
#include "facts.h"

namespace {

using namespace earthshine::stand_in;

NvencFacts facts;

struct Session {
  Orders orders{"EARTHSHINE_STAND_IN_NVENC"};
  GUID codec{};
  int width = 0, height = 0, pitch = 0;
  bool full_chroma = false, initialized = false, input_locked = false, pending = false;
  std::vector<std::uint8_t> input;
  std::unique_ptr<Circuits> circuits;
  Circuits::Written written;
  std::uint64_t time = 0;
  std::string words;

  NVENCSTATUS wrong(const char* what) {
    words = what;
    return NV_ENC_ERR_INVALID_PARAM;
  }
  bool is(const char* word) const {
    return orders.has(word) && facts.frames == orders.number(word);
  }
  bool lost() const { return orders.has("lost") && facts.frames >= orders.number("lost"); }
};

bool same(const GUID& a, const GUID& b) {
  return std::memcmp(&a, &b, sizeof a) == 0;
}

Session& session_of(void* encoder) {
  return *static_cast<Session*>(encoder);
}

NVENCSTATUS open_session(NV_ENC_OPEN_ENCODE_SESSION_EX_PARAMS* parameters, void** encoder) {
  if (parameters->version != NV_ENC_OPEN_ENCODE_SESSION_EX_PARAMS_VER ||
      parameters->apiVersion != NVENCAPI_VERSION) {
    return NV_ENC_ERR_INVALID_VERSION;
  }
  if (parameters->device == nullptr || parameters->deviceType != NV_ENC_DEVICE_TYPE_CUDA) {
    return NV_ENC_ERR_INVALID_DEVICE;
  }
  auto session = std::make_unique<Session>();
  const bool refused = session->orders.has("refuse-session");
  ++facts.objects;
  facts.frames = facts.idr_frames = facts.changes = facts.invalidations = 0;
  facts.was_reset = false;
  // Also a session that is refused has to be destroyed.
  *encoder = session.release();
  return refused ? NV_ENC_ERR_OUT_OF_MEMORY : NV_ENC_SUCCESS;
}

NVENCSTATUS destroy_session(void* encoder) {
  delete &session_of(encoder);
  --facts.objects;
  return NV_ENC_SUCCESS;
}

std::vector<GUID> codecs(const Session& session) {
  std::vector<GUID> list{NV_ENC_CODEC_H264_GUID, NV_ENC_CODEC_AV1_GUID};
  if (!session.orders.has("no-hevc")) list.push_back(NV_ENC_CODEC_HEVC_GUID);
  return list;
}

NVENCSTATUS codec_count(void* encoder, std::uint32_t* count) {
  *count = static_cast<std::uint32_t>(codecs(session_of(encoder)).size());
  return NV_ENC_SUCCESS;
}

NVENCSTATUS codec_list(void* encoder, GUID* list, std::uint32_t room, std::uint32_t* count) {
  *count = 0;
  for (const GUID& codec : codecs(session_of(encoder))) {
    if (*count < room) list[(*count)++] = codec;
  }
  return NV_ENC_SUCCESS;
}

NVENCSTATUS ability(void* encoder, GUID codec, NV_ENC_CAPS_PARAM* query, int* value) {
  const Orders& orders = session_of(encoder).orders;
  if (query->version != NV_ENC_CAPS_PARAM_VER) return NV_ENC_ERR_INVALID_VERSION;
  switch (query->capsToQuery) {
    case NV_ENC_CAPS_WIDTH_MAX:
    case NV_ENC_CAPS_HEIGHT_MAX:
      *value = 4096;
      break;
    case NV_ENC_CAPS_SUPPORT_YUV444_ENCODE:
      *value = orders.has("no-444") || same(codec, NV_ENC_CODEC_AV1_GUID) ? 0 : 1;
      break;
    case NV_ENC_CAPS_SUPPORT_10BIT_ENCODE:
      *value = orders.has("no-10-bit") || same(codec, NV_ENC_CODEC_H264_GUID) ? 0 : 1;
      break;
    case NV_ENC_CAPS_SUPPORT_REF_PIC_INVALIDATION:
      *value = orders.has("no-invalidation") ? 0 : 1;
      break;
    default:
      *value = 1;
  }
  return NV_ENC_SUCCESS;
}

NVENCSTATUS preset(void* encoder, GUID codec, GUID which, NV_ENC_TUNING_INFO tuning,
                   NV_ENC_PRESET_CONFIG* config) {
  if (config->version != NV_ENC_PRESET_CONFIG_VER ||
      config->presetCfg.version != NV_ENC_CONFIG_VER) {
    return NV_ENC_ERR_INVALID_VERSION;
  }
  // Everything that a stream without delay must change.
  NV_ENC_CONFIG& preset = config->presetCfg;
  preset.gopLength = 30;
  preset.frameIntervalP = 3;
  preset.rcParams.enableLookahead = 1;
  preset.rcParams.lookaheadDepth = 16;
  preset.rcParams.rateControlMode = NV_ENC_PARAMS_RC_VBR;
  return NV_ENC_SUCCESS;
}

void note_rate(const NV_ENC_CONFIG& config) {
  facts.bits_per_second = config.rcParams.averageBitRate;
  facts.buffer_bits = config.rcParams.vbvBufferSize;
  facts.least_quantizer = config.rcParams.enableMinQP != 0 ? config.rcParams.minQP.qpInterP : 0;
}

void note_colors(const NV_ENC_CONFIG_H264_VUI_PARAMETERS& vui) {
  facts.full_range = vui.videoSignalTypePresentFlag != 0 && vui.videoFullRangeFlag != 0;
  facts.primaries = vui.colourPrimaries;
  facts.transfer = vui.transferCharacteristics;
  facts.matrix = vui.colourMatrix;
  facts.restriction = vui.bitstreamRestrictionFlag != 0;
}

void note_codec(const Session& session, const NV_ENC_CONFIG& config) {
  const auto& codec = config.encodeCodecConfig;
  if (same(session.codec, NV_ENC_CODEC_H264_GUID)) {
    facts.slices = codec.h264Config.sliceMode == 3 ? codec.h264Config.sliceModeData : 0;
    facts.reference_frames = codec.h264Config.maxNumRefFrames;
    facts.parameter_sets_repeated = codec.h264Config.repeatSPSPPS != 0;
    facts.full_chroma = codec.h264Config.chromaFormatIDC == 3;
    facts.bit_depth = 8;
    note_colors(codec.h264Config.h264VUIParameters);
  } else if (same(session.codec, NV_ENC_CODEC_HEVC_GUID)) {
    facts.slices = codec.hevcConfig.sliceMode == 3 ? codec.hevcConfig.sliceModeData : 0;
    facts.reference_frames = codec.hevcConfig.maxNumRefFramesInDPB;
    facts.parameter_sets_repeated = codec.hevcConfig.repeatSPSPPS != 0;
    facts.full_chroma = codec.hevcConfig.chromaFormatIDC == 3;
    facts.bit_depth = 8 + static_cast<int>(codec.hevcConfig.pixelBitDepthMinus8);
    note_colors(codec.hevcConfig.hevcVUIParameters);
  } else {
    facts.slices = codec.av1Config.numTileRows * codec.av1Config.numTileColumns;
    facts.reference_frames = codec.av1Config.maxNumRefFramesInDPB;
    facts.parameter_sets_repeated = codec.av1Config.repeatSeqHdr != 0;
    facts.full_range = codec.av1Config.colorRange != 0;
    facts.primaries = codec.av1Config.colorPrimaries;
    facts.transfer = codec.av1Config.transferCharacteristics;
    facts.matrix = codec.av1Config.matrixCoefficients;
    facts.restriction = true;
    facts.full_chroma = codec.av1Config.chromaFormatIDC == 3;
    facts.bit_depth = 8 + static_cast<int>(codec.av1Config.pixelBitDepthMinus8);
  }
}

NVENCSTATUS initialize(void* encoder, NV_ENC_INITIALIZE_PARAMS* parameters) {
  Session& session = session_of(encoder);
  if (parameters->version != NV_ENC_INITIALIZE_PARAMS_VER ||
      parameters->encodeConfig->version != NV_ENC_CONFIG_VER) {
    return NV_ENC_ERR_INVALID_VERSION;
  }
  if (session.orders.has("refuse-settings")) return session.wrong("these settings are refused");
  const NV_ENC_CONFIG& config = *parameters->encodeConfig;
  if (config.rcParams.rateControlMode != NV_ENC_PARAMS_RC_CBR) return session.wrong("no CBR");
  if (parameters->enablePTD == 0) return session.wrong("no picture types of the driver's");
  session.codec = parameters->encodeGUID;
  session.width = static_cast<int>(parameters->encodeWidth);
  session.height = static_cast<int>(parameters->encodeHeight);
  session.full_chroma = same(session.codec, NV_ENC_CODEC_H264_GUID) &&
                        config.encodeCodecConfig.h264Config.chromaFormatIDC == 3;
  facts.tuning = parameters->tuningInfo;
  facts.asynchronous = parameters->enableEncodeAsync != 0;
  facts.look_ahead = config.rcParams.enableLookahead != 0;
  facts.group_length = config.gopLength;
  facts.interval = config.frameIntervalP;
  note_rate(config);
  note_codec(session, config);
  if (same(session.codec, NV_ENC_CODEC_H264_GUID)) {
    session.circuits =
        std::make_unique<Circuits>(session.width, session.height, session.full_chroma,
                                   static_cast<int>(facts.reference_frames),
                                   static_cast<int>(facts.slices), facts.full_range, facts.matrix);
  }
  session.initialized = true;
  return NV_ENC_SUCCESS;
}

NVENCSTATUS reconfigure(void* encoder, NV_ENC_RECONFIGURE_PARAMS* change) {
  Session& session = session_of(encoder);
  if (change->version != NV_ENC_RECONFIGURE_PARAMS_VER) return NV_ENC_ERR_INVALID_VERSION;
  if (!session.initialized) return session.wrong("not initialized");
  ++facts.changes;
  facts.was_reset = facts.was_reset || change->resetEncoder != 0 || change->forceIDR != 0;
  note_rate(*change->reInitEncodeParams.encodeConfig);
  return NV_ENC_SUCCESS;
}

NVENCSTATUS create_input(void* encoder, NV_ENC_CREATE_INPUT_BUFFER* buffer) {
  Session& session = session_of(encoder);
  if (buffer->version != NV_ENC_CREATE_INPUT_BUFFER_VER) return NV_ENC_ERR_INVALID_VERSION;
  if (!session.initialized) return session.wrong("not initialized");
  const bool deep = buffer->bufferFmt == NV_ENC_BUFFER_FORMAT_YUV420_10BIT ||
                    buffer->bufferFmt == NV_ENC_BUFFER_FORMAT_YUV444_10BIT;
  const bool full = buffer->bufferFmt == NV_ENC_BUFFER_FORMAT_YUV444 ||
                    buffer->bufferFmt == NV_ENC_BUFFER_FORMAT_YUV444_10BIT;
  if (full != facts.full_chroma || deep != (facts.bit_depth == 10)) {
    return session.wrong("a buffer of another format than the stream's");
  }
  session.pitch = session.width * (deep ? 2 : 1) + 96;
  session.input.assign(
      static_cast<std::size_t>(session.pitch) * session.height * (full ? 6 : 3) / 2, 0);
  buffer->inputBuffer = session.input.data();
  facts.input = session.input.data();
  facts.pitch = session.pitch;
  ++facts.objects;
  return NV_ENC_SUCCESS;
}

NVENCSTATUS destroy_input(void* encoder, NV_ENC_INPUT_PTR buffer) {
  --facts.objects;
  return NV_ENC_SUCCESS;
}

NVENCSTATUS create_output(void* encoder, NV_ENC_CREATE_BITSTREAM_BUFFER* buffer) {
  if (buffer->version != NV_ENC_CREATE_BITSTREAM_BUFFER_VER) return NV_ENC_ERR_INVALID_VERSION;
  buffer->bitstreamBuffer = &session_of(encoder).written;
  ++facts.objects;
  return NV_ENC_SUCCESS;
}

NVENCSTATUS destroy_output(void* encoder, NV_ENC_OUTPUT_PTR buffer) {
  --facts.objects;
  return NV_ENC_SUCCESS;
}

NVENCSTATUS lock_input(void* encoder, NV_ENC_LOCK_INPUT_BUFFER* lock) {
  Session& session = session_of(encoder);
  if (lock->version != NV_ENC_LOCK_INPUT_BUFFER_VER) return NV_ENC_ERR_INVALID_VERSION;
  if (session.lost()) return NV_ENC_ERR_DEVICE_NOT_EXIST;
  if (session.input_locked) return session.wrong("locked twice");
  session.input_locked = true;
  lock->bufferDataPtr = session.input.data();
  lock->pitch = static_cast<std::uint32_t>(session.pitch);
  return NV_ENC_SUCCESS;
}

NVENCSTATUS unlock_input(void* encoder, NV_ENC_INPUT_PTR buffer) {
  session_of(encoder).input_locked = false;
  return NV_ENC_SUCCESS;
}

/// HEVC and AV1 have no circuits here: what comes out has their units' headers only.
std::vector<std::uint8_t> imitation(const GUID& codec, bool idr) {
  if (same(codec, NV_ENC_CODEC_HEVC_GUID)) {
    if (!idr) return {0, 0, 0, 1, 1 << 1, 1, 0xAA};
    return {0, 0, 0, 1, 32 << 1, 1, 0xAA, 0, 0, 0, 1, 33 << 1, 1, 0xAA,
            0, 0, 0, 1, 34 << 1, 1, 0xAA, 0, 0, 0, 1, 19 << 1, 1, 0xAA};
  }
  if (!idr) return {0x12, 0, 0x32, 1, 0xAA};
  return {0x12, 0, 0x0A, 1, 0xAA, 0x32, 1, 0xAA};
}

NVENCSTATUS encode(void* encoder, NV_ENC_PIC_PARAMS* picture) {
  Session& session = session_of(encoder);
  if (picture->version != NV_ENC_PIC_PARAMS_VER) return NV_ENC_ERR_INVALID_VERSION;
  if (session.input_locked) return session.wrong("the picture is locked still");
  if (session.pending) return session.wrong("nobody took the frame before");
  if (picture->inputBuffer != session.input.data() ||
      picture->outputBitstream != &session.written) {
    return session.wrong("buffers of somebody else");
  }
  ++facts.frames;
  if (session.is("crash")) std::raise(SIGSEGV);
  if (session.lost()) return NV_ENC_ERR_DEVICE_NOT_EXIST;
  const bool idr = facts.frames == 1 || (picture->encodePicFlags & NV_ENC_PIC_FLAG_FORCEIDR) != 0;
  if (session.circuits) {
    session.written =
        session.circuits->encode(session.input.data(), session.pitch,
                                 static_cast<std::int64_t>(picture->inputTimeStamp), idr);
  } else {
    session.written = {imitation(session.codec, idr), idr};
  }
  session.time = picture->inputTimeStamp;
  session.pending = true;
  facts.idr_frames += session.written.idr ? 1 : 0;
  return NV_ENC_SUCCESS;
}

NVENCSTATUS lock_output(void* encoder, NV_ENC_LOCK_BITSTREAM* lock) {
  Session& session = session_of(encoder);
  if (lock->version != NV_ENC_LOCK_BITSTREAM_VER) return NV_ENC_ERR_INVALID_VERSION;
  if (!session.pending) return session.wrong("nothing is encoded");
  while (session.is("hang")) std::this_thread::sleep_for(std::chrono::hours(1));
  if (const int slow = session.orders.number("slow"); slow > 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(slow));
  }
  lock->bitstreamBufferPtr = session.written.bytes.data();
  lock->bitstreamSizeInBytes = static_cast<std::uint32_t>(session.written.bytes.size());
  lock->outputTimeStamp = session.time;
  lock->pictureType = session.written.idr ? NV_ENC_PIC_TYPE_IDR : NV_ENC_PIC_TYPE_P;
  return NV_ENC_SUCCESS;
}

NVENCSTATUS unlock_output(void* encoder, NV_ENC_OUTPUT_PTR buffer) {
  session_of(encoder).pending = false;
  return NV_ENC_SUCCESS;
}

NVENCSTATUS invalidate(void* encoder, std::uint64_t time) {
  Session& session = session_of(encoder);
  ++facts.invalidations;
  if (session.circuits && !session.circuits->invalidate(static_cast<std::int64_t>(time))) {
    return session.wrong("no such frame");
  }
  return NV_ENC_SUCCESS;
}

const char* last_error(void* encoder) {
  return session_of(encoder).words.c_str();
}

}  // namespace

extern "C" {

NvencFacts* nvenc_stand_in_facts() {
  return &facts;
}

NVENCSTATUS NvEncodeAPIGetMaxSupportedVersion(std::uint32_t* version) {
  *version = 13U << 4;
  return NV_ENC_SUCCESS;
}

NVENCSTATUS NvEncodeAPICreateInstance(NV_ENCODE_API_FUNCTION_LIST* functions) {
  if (functions->version != NV_ENCODE_API_FUNCTION_LIST_VER) return NV_ENC_ERR_INVALID_VERSION;
  functions->nvEncOpenEncodeSessionEx = open_session;
  functions->nvEncDestroyEncoder = destroy_session;
  functions->nvEncGetEncodeGUIDCount = codec_count;
  functions->nvEncGetEncodeGUIDs = codec_list;
  functions->nvEncGetEncodeCaps = ability;
  functions->nvEncGetEncodePresetConfigEx = preset;
  functions->nvEncInitializeEncoder = initialize;
  functions->nvEncReconfigureEncoder = reconfigure;
  functions->nvEncCreateInputBuffer = create_input;
  functions->nvEncDestroyInputBuffer = destroy_input;
  functions->nvEncCreateBitstreamBuffer = create_output;
  functions->nvEncDestroyBitstreamBuffer = destroy_output;
  functions->nvEncLockInputBuffer = lock_input;
  functions->nvEncUnlockInputBuffer = unlock_input;
  functions->nvEncEncodePicture = encode;
  functions->nvEncLockBitstream = lock_output;
  functions->nvEncUnlockBitstream = unlock_output;
  functions->nvEncInvalidateRefFrames = invalidate;
  functions->nvEncGetLastErrorString = last_error;
  return NV_ENC_SUCCESS;
}

}  // extern "C"
