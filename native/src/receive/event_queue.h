#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "receive/video_receiving.h"

namespace earthshine {

/// What a receiver has to say, until somebody fetches it. Holds at most kFrames frames of kBytes
/// together and kOthers other events: a frame beyond is told as lost, what else is beyond is
/// counted; lost ranges are joined, never forgotten.
class EventQueue {
 public:
  static constexpr std::size_t kFrames = 512;
  static constexpr std::size_t kBytes = 64 << 20;
  static constexpr std::size_t kOthers = 4096;

  struct Unfetched {
    std::uint64_t frames = 0, events = 0;
  };

  void add(const ReceivedFrame& frame);
  void add(LostFrames lost);
  void add(const BlockStatus& block);
  void add(const Violation& violation);
  void add(Fault fault);
  std::vector<VideoEvent> take();
  [[nodiscard]] Unfetched unfetched() const;
  /// Whether there is something that nobody was told of; tells so once until the next take().
  bool announce();

 private:
  /// Room for one more event besides frames; counts it when there is none.
  bool room();
  void lose(LostFrames lost);

  mutable std::mutex mutex_;
  std::vector<VideoEvent> events_;
  std::size_t frames_ = 0, bytes_ = 0, others_ = 0;
  /// frames lost while there was no room; told as one range before anything that follows
  std::optional<LostFrames> pending_;
  bool announced_ = false;
  Unfetched unfetched_;
};

}  // namespace earthshine
