#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "support/child.h"
#include "support/temporary_folder.h"

namespace earthshine::test {

/// A runtime directory with a session bus, PipeWire and WirePlumber of its own, to which this
/// process's environment points while the object lives. The servers are started by `start`.
class SoundSession {
 public:
  SoundSession();
  ~SoundSession();
  SoundSession(const SoundSession&) = delete;
  SoundSession& operator=(const SoundSession&) = delete;

  /// Returns when PipeWire answers and the session manager is there; false after 10 s.
  bool start();
  /// As in a crash: SIGKILL to all of it.
  void kill();
  void freeze() const { servers_->signal(19 /* SIGSTOP */); }
  void thaw() const { servers_->signal(18 /* SIGCONT */); }

  [[nodiscard]] std::string path(const std::string& name) const {
    return folder_.path() + "/" + name;
  }
  /// Starts to play tones into a sink with pw-cat: channel c has `tone(c)` hertz.
  [[nodiscard]] std::unique_ptr<Child> play(const std::string& sink, int channels,
                                            int seconds = 30) const;
  static double tone(int channel) { return 400 + 150.0 * channel; }

 private:
  TemporaryFolder folder_;
  std::vector<std::pair<std::string, std::string>> previous_;
  std::unique_ptr<Child> servers_;
};

}  // namespace earthshine::test
