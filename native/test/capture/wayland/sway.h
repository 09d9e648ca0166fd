#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "support/child.h"
#include "support/temporary_folder.h"

namespace earthshine::test {

/// A real compositor without a screen, with one output of 320x200 in one colour. It refuses to run
/// as root, so it then runs as nobody.
class Sway {
 public:
  Sway() {
    const std::string& folder = folder_.path();
    std::ofstream(folder + "/config")
        << "output HEADLESS-1 mode --custom 320x200@60Hz bg #204060 solid_color\n"
           "xwayland disable\n";
    std::vector<std::string> command{"env",
                                     "XDG_RUNTIME_DIR=" + folder,
                                     "HOME=" + folder,
                                     "WLR_BACKENDS=headless",
                                     "WLR_RENDERER=pixman",
                                     "WLR_LIBINPUT_NO_DEVICES=1",
                                     "SWAYSOCK=" + folder + "/ipc",
                                     "sh",
                                     "-c",
                                     "exec sway -c \"$HOME/config\" >\"$HOME/log\" 2>&1"};
    if (getuid() == 0) {
      constexpr uid_t kNobody = 65534;
      if (chown(folder.c_str(), kNobody, kNobody) != 0) std::abort();
      command.insert(command.begin(),
                     {"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"});
    }
    compositor_ = std::make_unique<Child>(command);
    for (int i = 0; i < 1'000 && !tell("nop"); ++i) usleep(10'000);
  }
  [[nodiscard]] std::string display() const { return folder_.path() + "/wayland-1"; }
  /// A command of sway's; false when it did not take it.
  [[nodiscard]] bool tell(const std::string& command) const {
    const std::string line =
        "swaymsg -q -s " + folder_.path() + "/ipc '" + command + "' 2>/dev/null";
    return std::system(line.c_str()) == 0;
  }
  void kill() { compositor_->kill(); }

 private:
  TemporaryFolder folder_;
  std::unique_ptr<Child> compositor_;
};

}  // namespace earthshine::test
