#include "encode/nvenc/nvenc_session.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <filesystem>

#include "encode/interleaved_planes.h"
#include "encode/nvenc/nvenc_parameters.h"
#include "encode/x264_level.h"

namespace earthshine {
namespace {

/// CUDA and the kernel write the same place in two ways: "0000:01:00.0", "0000:01:00.0" in capitals
/// or without the domain.
std::string bus_place(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const std::size_t colon = text.find(':');
  return text.find(':', colon + 1) == std::string::npos ? text : text.substr(colon + 1);
}

}  // namespace

Result<int> CudaContext::count(const NvencLibrary& library) {
  if (const CUresult result = library.init(0); result != CUDA_SUCCESS) {
    return Fault{"NVIDIA's driver did not start (" + library.fault("cuInit", result).message +
                 "). After an update of it the machine has to be restarted."};
  }
  int count = 0;
  if (const CUresult result = library.device_count(&count); result != CUDA_SUCCESS) {
    return library.fault("cuDeviceGetCount", result);
  }
  return count;
}

Result<int> CudaContext::find(const NvencLibrary& library, const std::string& node) {
  auto found = count(library);
  if (!found) return found;
  std::error_code error;
  const auto device = std::filesystem::canonical(
      std::filesystem::path("/sys/class/drm") / std::filesystem::path(node).filename() / "device",
      error);
  const std::string wanted = bus_place(device.filename().string());
  for (int ordinal = 0; !error && ordinal < found.value(); ++ordinal) {
    CUdevice handle = 0;
    std::array<char, 64> place{};
    if (library.device(&handle, ordinal) != CUDA_SUCCESS ||
        library.device_bus(place.data(), static_cast<int>(place.size()), handle) != CUDA_SUCCESS) {
      continue;
    }
    if (bus_place(place.data()) == wanted) return ordinal;
  }
  return Fault{node + " is no GPU of NVIDIA's driver."};
}

Result<std::unique_ptr<CudaContext>> CudaContext::open(const NvencLibrary& library, int ordinal) {
  // The constructor is private.
  std::unique_ptr<CudaContext> context(new CudaContext(library));
  CUdevice device = 0;
  CUresult result = library.device(&device, ordinal);
  if (result != CUDA_SUCCESS) return library.fault("cuDeviceGet", result);
  std::array<char, 128> name{};
  if (library.device_name(name.data(), static_cast<int>(name.size()) - 1, device) == CUDA_SUCCESS) {
    context->name_ = name.data();
  }
  result = library.create_context(&context->context_, CU_CTX_SCHED_BLOCKING_SYNC, device);
  if (result != CUDA_SUCCESS) return library.fault("cuCtxCreate", result);
  // The encoder makes it current itself whenever it needs it.
  CUcontext before = nullptr;
  library.pop_context(&before);
  return context;
}

CudaContext::~CudaContext() {
  if (context_ != nullptr) library_.destroy_context(context_);
}

Result<std::unique_ptr<NvencSession>> NvencSession::open(std::unique_ptr<CudaContext> context,
                                                         const EncoderSettings& settings) {
  // The constructor is private.
  std::unique_ptr<NvencSession> session(new NvencSession(std::move(context), settings));
  if (auto created = session->create(); !created) return created.fault();
  return session;
}

Fault NvencSession::fault(const char* call, NVENCSTATUS status) const {
  return nvenc_fault(library_, encoder_, call, status);
}

Result<bool> NvencSession::create() {
  NV_ENC_OPEN_ENCODE_SESSION_EX_PARAMS session{};
  session.version = NV_ENC_OPEN_ENCODE_SESSION_EX_PARAMS_VER;
  session.deviceType = NV_ENC_DEVICE_TYPE_CUDA;
  session.device = context_->handle();
  session.apiVersion = NVENCAPI_VERSION;
  const NVENCSTATUS status = library_.encode.nvEncOpenEncodeSessionEx(&session, &encoder_);
  if (status != NV_ENC_SUCCESS) {
    // A session that was refused has to be destroyed all the same.
    return nvenc_fault(library_, nullptr, "NvEncOpenEncodeSessionEx", status);
  }
  if (auto able = check_abilities(); !able) return able;
  if (auto initialized = initialize(); !initialized) return initialized;
  return create_buffers();
}

int NvencSession::ability(NV_ENC_CAPS which) const {
  NV_ENC_CAPS_PARAM query{};
  query.version = NV_ENC_CAPS_PARAM_VER;
  query.capsToQuery = which;
  int value = 0;
  const NVENCSTATUS status =
      library_.encode.nvEncGetEncodeCaps(encoder_, nvenc_codec(settings_.codec), &query, &value);
  return status == NV_ENC_SUCCESS ? value : 0;
}

Result<bool> NvencSession::check_abilities() {
  std::uint32_t count = 0;
  NVENCSTATUS status = library_.encode.nvEncGetEncodeGUIDCount(encoder_, &count);
  if (status != NV_ENC_SUCCESS) return fault("NvEncGetEncodeGUIDCount", status);
  std::vector<GUID> codecs(count);
  status = library_.encode.nvEncGetEncodeGUIDs(encoder_, codecs.data(), count, &count);
  if (status != NV_ENC_SUCCESS) return fault("NvEncGetEncodeGUIDs", status);
  const GUID wanted = nvenc_codec(settings_.codec);
  const bool known = std::any_of(
      codecs.begin(), codecs.begin() + std::min<std::size_t>(count, codecs.size()),
      [&](const GUID& codec) { return std::memcmp(&codec, &wanted, sizeof codec) == 0; });
  const bool deep = settings_.format.bit_depth == 10;
  const bool full_chroma = settings_.format.chroma == Chroma::k444;
  if (!known || (deep && ability(NV_ENC_CAPS_SUPPORT_10BIT_ENCODE) == 0) ||
      (full_chroma && ability(NV_ENC_CAPS_SUPPORT_YUV444_ENCODE) == 0)) {
    return Fault{context_->name() + " does not encode " + codec_name(settings_.codec) + " with " +
                 std::to_string(settings_.format.bit_depth) + " bits and " +
                 (full_chroma ? "4:4:4." : "4:2:0.")};
  }
  const int widest = ability(NV_ENC_CAPS_WIDTH_MAX);
  const int highest = ability(NV_ENC_CAPS_HEIGHT_MAX);
  if (settings_.width > widest || settings_.height > highest) {
    return Fault{context_->name() + " takes no picture that is larger than " +
                 std::to_string(widest) + "×" + std::to_string(highest) + "."};
  }
  invalidates_ = ability(NV_ENC_CAPS_SUPPORT_REF_PIC_INVALIDATION) != 0;
  reference_frames_ = invalidates_ ? x264_reference_frames(settings_) : 1;
  return true;
}

Result<bool> NvencSession::initialize() {
  NV_ENC_PRESET_CONFIG preset{};
  preset.version = NV_ENC_PRESET_CONFIG_VER;
  preset.presetCfg.version = NV_ENC_CONFIG_VER;
  NVENCSTATUS status = library_.encode.nvEncGetEncodePresetConfigEx(
      encoder_, nvenc_codec(settings_.codec), nvenc_preset(settings_),
      NV_ENC_TUNING_INFO_ULTRA_LOW_LATENCY, &preset);
  if (status != NV_ENC_SUCCESS) return fault("NvEncGetEncodePresetConfigEx", status);
  config_ = preset.presetCfg;
  config_.version = NV_ENC_CONFIG_VER;
  nvenc_configure(settings_, reference_frames_, config_);
  nvenc_set_rate(settings_, settings_.bitrate_kbps, 0, config_);
  parameters_ = nvenc_parameters(settings_, config_);
  status = library_.encode.nvEncInitializeEncoder(encoder_, &parameters_);
  if (status != NV_ENC_SUCCESS) return fault("NvEncInitializeEncoder", status);
  return true;
}

Result<bool> NvencSession::create_buffers() {
  NV_ENC_CREATE_INPUT_BUFFER input{};
  input.version = NV_ENC_CREATE_INPUT_BUFFER_VER;
  input.width = parameters_.encodeWidth;
  input.height = parameters_.encodeHeight;
  input.bufferFmt = nvenc_format(settings_);
  NVENCSTATUS status = library_.encode.nvEncCreateInputBuffer(encoder_, &input);
  if (status != NV_ENC_SUCCESS) return fault("NvEncCreateInputBuffer", status);
  input_ = input.inputBuffer;
  NV_ENC_CREATE_BITSTREAM_BUFFER output{};
  output.version = NV_ENC_CREATE_BITSTREAM_BUFFER_VER;
  status = library_.encode.nvEncCreateBitstreamBuffer(encoder_, &output);
  if (status != NV_ENC_SUCCESS) return fault("NvEncCreateBitstreamBuffer", status);
  output_ = output.bitstreamBuffer;
  return true;
}

NvencSession::~NvencSession() {
  if (encoder_ == nullptr) return;
  if (input_ != nullptr) library_.encode.nvEncDestroyInputBuffer(encoder_, input_);
  if (output_ != nullptr) library_.encode.nvEncDestroyBitstreamBuffer(encoder_, output_);
  library_.encode.nvEncDestroyEncoder(encoder_);
}

Result<bool> NvencSession::upload(const YuvPicture& picture) {
  NV_ENC_LOCK_INPUT_BUFFER lock{};
  lock.version = NV_ENC_LOCK_INPUT_BUFFER_VER;
  lock.inputBuffer = input_;
  NVENCSTATUS status = library_.encode.nvEncLockInputBuffer(encoder_, &lock);
  if (status != NV_ENC_SUCCESS) return fault("NvEncLockInputBuffer", status);
  auto* memory = static_cast<std::uint8_t*>(lock.bufferDataPtr);
  const std::size_t pitch = lock.pitch;
  if (settings_.format.chroma == Chroma::k444) {
    write_planes(picture, memory, static_cast<std::ptrdiff_t>(pitch));
  } else {
    write_interleaved(picture,
                      {.luma = memory,
                       .chroma = memory + pitch * static_cast<std::size_t>(settings_.height),
                       .luma_stride = static_cast<std::ptrdiff_t>(pitch),
                       .chroma_stride = static_cast<std::ptrdiff_t>(pitch),
                       .width = settings_.width,
                       .height = settings_.height});
  }
  status = library_.encode.nvEncUnlockInputBuffer(encoder_, input_);
  if (status != NV_ENC_SUCCESS) return fault("NvEncUnlockInputBuffer", status);
  return true;
}

Result<NvencUnit> NvencSession::encode(std::uint64_t time, bool idr) {
  NV_ENC_PIC_PARAMS picture{};
  picture.version = NV_ENC_PIC_PARAMS_VER;
  picture.inputWidth = parameters_.encodeWidth;
  picture.inputHeight = parameters_.encodeHeight;
  picture.inputBuffer = input_;
  picture.outputBitstream = output_;
  picture.bufferFmt = nvenc_format(settings_);
  picture.pictureStruct = NV_ENC_PIC_STRUCT_FRAME;
  picture.inputTimeStamp = time;
  if (idr) picture.encodePicFlags = NV_ENC_PIC_FLAG_FORCEIDR | NV_ENC_PIC_FLAG_OUTPUT_SPSPPS;
  NVENCSTATUS status = library_.encode.nvEncEncodePicture(encoder_, &picture);
  // "Need more input" would be a delay, which was not asked for.
  if (status != NV_ENC_SUCCESS) return fault("NvEncEncodePicture", status);

  NV_ENC_LOCK_BITSTREAM lock{};
  lock.version = NV_ENC_LOCK_BITSTREAM_VER;
  lock.outputBitstream = output_;
  status = library_.encode.nvEncLockBitstream(encoder_, &lock);
  if (status != NV_ENC_SUCCESS) return fault("NvEncLockBitstream", status);
  const auto* begin = static_cast<const std::uint8_t*>(lock.bitstreamBufferPtr);
  bytes_.assign(begin, begin + lock.bitstreamSizeInBytes);
  const bool made_idr = lock.pictureType == NV_ENC_PIC_TYPE_IDR;
  status = library_.encode.nvEncUnlockBitstream(encoder_, output_);
  if (status != NV_ENC_SUCCESS) return fault("NvEncUnlockBitstream", status);
  if (bytes_.empty()) return Fault{"The GPU's encoder gave an empty frame."};
  return NvencUnit{.bytes = bytes_, .idr = made_idr};
}

Result<bool> NvencSession::invalidate(std::uint64_t time) {
  const NVENCSTATUS status = library_.encode.nvEncInvalidateRefFrames(encoder_, time);
  if (status != NV_ENC_SUCCESS) return fault("NvEncInvalidateRefFrames", status);
  return true;
}

Result<bool> NvencSession::set_rate(int kbps, int floor) {
  nvenc_set_rate(settings_, kbps, floor, config_);
  NV_ENC_RECONFIGURE_PARAMS change{};
  change.version = NV_ENC_RECONFIGURE_PARAMS_VER;
  change.reInitEncodeParams = parameters_;
  const NVENCSTATUS status = library_.encode.nvEncReconfigureEncoder(encoder_, &change);
  if (status != NV_ENC_SUCCESS) return fault("NvEncReconfigureEncoder", status);
  return true;
}

}  // namespace earthshine
