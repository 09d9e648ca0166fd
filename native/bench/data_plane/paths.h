#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "../measure.h"
#include "net/frame_sender.h"
#include "net/transport.h"
#include "packet/parity_kernel.h"
#include "packet/video_frame.h"
#include "system_cipher.h"
#include "wire.h"

namespace earthshine::bench {

inline constexpr std::array<std::uint8_t, 16> kKey{1, 2, 3, 4, 5, 6, 7, 8};

/// Who computes the common path's parity in place of nanors, which is not at hand: ISA-L, about a
/// fifth slower than nanors, or this project's AVX2 kernel, about an eighth faster.
enum class StandIn { kIsaL, kOwnAvx2 };

/// Whether this program was built with ISA-L.
bool has_isal();

/// The common way: one step after the other over the whole frame, everything made anew, the
/// system's libcrypto, and a socket that is told the address with each send.
class CommonPath {
 public:
  CommonPath(const Wire& wire, bool sealed, StandIn stand_in);
  ~CommonPath();
  CommonPath(const CommonPath&) = delete;
  CommonPath& operator=(const CommonPath&) = delete;

  void send(const Bytes& picture);

 private:
  void send_block(const BlockPlan& block, const Bytes& stream);
  void compute_parity(const BlockPlan& block, Bytes& shards);
  void send_segmented(std::uint8_t* first, std::size_t size, std::size_t count);

  const Wire& wire_;
  FrameShape shape_;
  std::unique_ptr<SystemCipher> cipher_;
  /// null: ISA-L
  const ParityKernel* kernel_ = nullptr;
  std::uint64_t counter_ = 0;
  int descriptor_;
};

/// Takes datagrams and does nothing; tells the CPU time at which the first of a frame came.
class NoTransport final : public Transport {
 public:
  void send_equal(const std::uint8_t*, std::size_t size, std::size_t count) override {
    if (counts_.calls == 0) first_at = cpu_time();
    ++counts_.calls;
    counts_.packets += count;
    counts_.bytes += size * count;
  }
  [[nodiscard]] const char* method_name() const override { return "loopback"; }
  [[nodiscard]] const SendCounts& counts() const override { return counts_; }
  void reset() { counts_ = {}; }

  double first_at = 0;

 private:
  SendCounts counts_;
};

/// This host's way on one thread: the frame sender of a stream, unpaced, fed as the encode thread
/// feeds it.
class OwnPath : FrameFeed {
 public:
  OwnPath(std::shared_ptr<Transport> transport, bool sealed);

  void send(const Bytes& picture);
  [[nodiscard]] const SendCounts& counts() const { return transport_->counts(); }
  [[nodiscard]] std::size_t packets() const { return frame_.plan().shards; }

 private:
  void wait_for(std::size_t shards) override;
  bool another_waits() override { return false; }

  FrameShape shape_;
  std::shared_ptr<Transport> transport_;
  VideoFrame frame_;
  FrameSender sender_;
  const Bytes* picture_ = nullptr;
  std::size_t placed_ = 0;
  std::uint64_t packet_ = 0;
};

/// A stream's transport to the wire.
std::shared_ptr<Transport> transport_to(const Wire& wire);

}  // namespace earthshine::bench
