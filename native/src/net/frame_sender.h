#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "net/pacer.h"
#include "net/transport.h"
#include "packet/arena.h"
#include "packet/video_frame.h"
#include "packet/video_sealer.h"

namespace earthshine {

/// Data shards that are placed, and plain ones that are handed over, before anything is known of
/// the frame's rest: about one full super-buffer.
inline constexpr std::size_t kPlaceStep = 46;

/// The thread that fills a frame, as the one that sends it sees it.
class FrameFeed {
 public:
  virtual ~FrameFeed() = default;
  /// Returns once the first `shards` data shards are placed.
  virtual void wait_for(std::size_t shards) = 0;
  /// Another frame waits behind this one: only the link's rate may hold this one back.
  virtual bool another_waits() = 0;
};

struct FrameSenderOptions {
  std::size_t packet_size = 1392;
  std::optional<std::array<std::uint8_t, 16>> key{};
  PacingMode pacing = PacingMode::kSmooth;
  Nanoseconds frame_interval = 16'666'667;
  std::int64_t link_bits_per_second = 800'000'000;
};

/// What sending one frame took.
struct FrameTimes {
  /// headers, parity and seals
  Nanoseconds packetize = 0;
  /// inside the transport, which is the kernel for a socket
  Nanoseconds send = 0;
  /// from the first packet handed over to the last, pauses included
  Nanoseconds spread = 0;
  /// packets that were not sent because the cipher failed
  std::uint64_t unsealed = 0;
};

/// Takes a frame from its first shard to the wire: headers, data, then the parity that is computed
/// while the data is on its way, sealed where there is a key, in the bursts of the pacer. Owned by
/// one thread; allocates nothing after its making.
class FrameSender {
 public:
  /// Throws std::bad_alloc.
  explicit FrameSender(const FrameSenderOptions& options);

  /// Waits until the frame may leave; its bursts are spread for a stream of `bits_per_second`.
  void begin(const VideoFrame& frame, std::int64_t bits_per_second);
  /// Sends the frame that was begun. `label` numbers it and `nonce` is its first packet's counter;
  /// both lie ahead of all used before.
  FrameTimes send(VideoFrame& frame, const FrameLabel& label, std::uint64_t nonce, FrameFeed& feed,
                  Transport& to);

 private:
  /// Packets sealed before they are sent: three super-buffers of the usual size, for one call; but
  /// few at first, because sealing these is what the first packet waits for.
  static constexpr std::size_t kSealedRun = 3 * 46, kFirstSealedRun = 8;

  std::size_t run_end(std::size_t at, std::size_t segment_end, FrameFeed& feed);
  void send_run(const VideoFrame& frame, Transport& to, std::size_t from, std::size_t end,
                Nanoseconds started);
  /// Seals the run into `sealed_`.
  bool seal(const VideoFrame& frame, std::size_t from, std::size_t end);
  [[nodiscard]] std::size_t datagram_bytes() const;

  const FrameSenderOptions options_;
  Pacer pacer_;
  std::optional<VideoSealer> sealer_;
  std::optional<Arena> sealed_;

  // of the frame at work
  PacingPlan pacing_;
  FrameTimes times_;
  std::uint64_t nonce_ = 0;
  std::size_t next_burst_ = 0;
  Nanoseconds first_handed_ = 0;
};

}  // namespace earthshine
