#pragma once

#include <memory>
#include <span>

#include "encode/encoder.h"
#include "encode/nvenc/nvenc_library.h"

namespace earthshine {

/// A CUDA context on one GPU.
class CudaContext {
 public:
  /// @param ordinal of the GPU, in the driver's own counting
  static Result<std::unique_ptr<CudaContext>> open(const NvencLibrary& library, int ordinal);
  ~CudaContext();
  CudaContext(const CudaContext&) = delete;
  CudaContext& operator=(const CudaContext&) = delete;

  [[nodiscard]] const NvencLibrary& library() const { return library_; }
  [[nodiscard]] CUcontext handle() const { return context_; }
  [[nodiscard]] const std::string& name() const { return name_; }

  /// How many GPUs the driver has; a fault when it does not start.
  static Result<int> count(const NvencLibrary& library);
  /// The GPU that lies behind a render node ("/dev/dri/renderD129"), by its place on the bus.
  static Result<int> find(const NvencLibrary& library, const std::string& node);

 private:
  explicit CudaContext(const NvencLibrary& library) : library_(library) {}

  const NvencLibrary& library_;
  CUcontext context_ = nullptr;
  std::string name_;
};

/// What an encoder wrote of one picture; valid until the next.
struct NvencUnit {
  std::span<std::uint8_t> bytes;
  bool idr = false;
};

/// One encoder of a GPU: its session, a buffer that it reads pictures from and one that it writes
/// to.
class NvencSession {
 public:
  static Result<std::unique_ptr<NvencSession>> open(std::unique_ptr<CudaContext> context,
                                                    const EncoderSettings& settings);
  ~NvencSession();
  NvencSession(const NvencSession&) = delete;
  NvencSession& operator=(const NvencSession&) = delete;

  [[nodiscard]] int reference_frames() const { return reference_frames_; }
  [[nodiscard]] bool invalidates() const { return invalidates_; }
  [[nodiscard]] const std::string& gpu() const { return context_->name(); }

  Result<bool> upload(const YuvPicture& picture);
  /// Encodes what was uploaded last.
  ///
  /// @param time that invalidate() names it by
  Result<NvencUnit> encode(std::uint64_t time, bool idr);
  /// Nothing is predicted from that frame any more.
  Result<bool> invalidate(std::uint64_t time);
  /// From the next picture on, without an IDR.
  ///
  /// @param floor the least quantizer, in the codec's own scale
  Result<bool> set_rate(int kbps, int floor);

 private:
  NvencSession(std::unique_ptr<CudaContext> context, const EncoderSettings& settings)
      : context_(std::move(context)), library_(context_->library()), settings_(settings) {}

  Result<bool> create();
  Result<bool> check_abilities();
  [[nodiscard]] int ability(NV_ENC_CAPS which) const;
  [[nodiscard]] Fault fault(const char* call, NVENCSTATUS status) const;
  Result<bool> initialize();
  Result<bool> create_buffers();

  const std::unique_ptr<CudaContext> context_;
  const NvencLibrary& library_;
  const EncoderSettings settings_;
  void* encoder_ = nullptr;
  NV_ENC_CONFIG config_{};
  NV_ENC_INITIALIZE_PARAMS parameters_{};
  NV_ENC_INPUT_PTR input_ = nullptr;
  NV_ENC_OUTPUT_PTR output_ = nullptr;
  int reference_frames_ = 1;
  bool invalidates_ = false;
  std::vector<std::uint8_t> bytes_;
};

}  // namespace earthshine
