#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "net/endpoint.h"
#include "pipeline/picture_event.h"

namespace earthshine {

struct EndpointPatience {
  /// between two tries
  Nanoseconds pause = 250'000'000;
  /// after so many tries the stream ends
  int tries = 20;
};

/// Opens the sockets of viewers' video, and opens them again where that fails: an address that
/// moves to another interface, or a network that comes back, is there again within seconds. A
/// notice tells both; a fault only that it was given up. Methods may be called from any thread.
class VideoEndpoints {
 public:
  /// Opens the viewer's socket without waiting; called by one thread at a time.
  using Open = std::function<Result<bool>(std::uint32_t viewer, const Endpoint& endpoint)>;

  VideoEndpoints(Open open, OnPictureEvent on_event, const EndpointPatience& patience = {});
  ~VideoEndpoints() { close(); }
  VideoEndpoints(const VideoEndpoints&) = delete;
  VideoEndpoints& operator=(const VideoEndpoints&) = delete;

  /// Tries at once; a newer endpoint takes the place of one that is still being tried.
  void set(std::uint32_t viewer, const Endpoint& endpoint);
  void forget(std::uint32_t viewer);
  /// Ends the thread. May be called twice, not at the same time.
  void close();

 private:
  struct Waiting {
    std::uint32_t viewer = 0;
    Endpoint endpoint;
    int tries = 0;
  };

  void try_again();
  /// One try of each that waits.
  void look();
  void tell(PictureEvent::Kind kind, std::uint32_t viewer, std::string message,
            bool recovered = false) const;

  const Open open_;
  const OnPictureEvent on_event_;
  const EndpointPatience patience_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Waiting> waiting_;
  bool closed_ = false;
  /// only once something has failed
  std::thread thread_;
};

}  // namespace earthshine
