#pragma once

#include <signal.h>
#include <sys/wait.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <initializer_list>
#include <string>
#include <vector>

namespace earthshine::test {

/// A private system bus with the real RealtimeKit on it, for as long as this lives. PolicyKit,
/// which RealtimeKit asks, is a stand-in that agrees to everything. Needs root, and Debian's
/// packages `dbus` and `rtkit`; `running` tells whether it came up.
class RtkitBus {
 public:
  RtkitBus() {
    constexpr const char* kDaemon = "/usr/libexec/rtkit-daemon";
    if (geteuid() != 0 || access(kDaemon, X_OK) != 0) return;
    char name[] = "/tmp/earthshine-rtkit-XXXXXX";
    if (!mkdtemp(name)) return;
    folder_ = name;
    address_ = "unix:path=" + folder_ + "/bus";
    const std::string configuration = folder_ + "/bus.conf";
    std::ofstream(configuration) << "<busconfig><listen>" << address_
                                 << "</listen><policy context='default'>"
                                 << "<allow user='*'/><allow own='*'/><allow send_destination='*'/>"
                                 << "<allow receive_sender='*'/></policy></busconfig>";
    if (system(("chmod 755 " + folder_).c_str()) != 0) return;
    start({"dbus-daemon", "--nofork", ("--config-file=" + configuration).c_str()});
    for (int i = 0; i < 200 && access((folder_ + "/bus").c_str(), R_OK) != 0; ++i) usleep(10'000);
    setenv("DBUS_SYSTEM_BUS_ADDRESS", address_.c_str(), 1);
    agree_to_everything();
    // The sandboxing is the service's own affair; what it grants is the same without.
    start({kDaemon, "--no-chroot", "--no-drop-privileges", "--no-limit-resources"});
    running = true;
  }
  ~RtkitBus() {
    unsetenv("DBUS_SYSTEM_BUS_ADDRESS");
    for (const pid_t process : processes_) {
      kill(process, SIGTERM);
      waitpid(process, nullptr, 0);
    }
    if (folder_.empty()) return;
    for (const char* file : {"/bus", "/bus.conf"}) unlink((folder_ + file).c_str());
    rmdir(folder_.c_str());
  }
  RtkitBus(const RtkitBus&) = delete;
  RtkitBus& operator=(const RtkitBus&) = delete;

  bool running = false;

 private:
  void start(std::initializer_list<const char*> arguments) {
    std::vector<char*> words;
    for (const char* argument : arguments) words.push_back(const_cast<char*>(argument));
    words.push_back(nullptr);
    const pid_t process = fork();
    if (process == 0) {
      execvp(words[0], words.data());
      _exit(127);
    }
    processes_.push_back(process);
  }

  void agree_to_everything() {
    const pid_t process = fork();
    if (process != 0) {
      processes_.push_back(process);
      return;
    }
    sd_bus* bus = nullptr;
    if (sd_bus_open_system(&bus) < 0 ||
        sd_bus_request_name(bus, "org.freedesktop.PolicyKit1", 0) < 0) {
      _exit(1);
    }
    for (;;) {
      sd_bus_message* call = nullptr;
      const int processed = sd_bus_process(bus, &call);
      if (processed < 0) _exit(1);
      if (call && sd_bus_message_is_method_call(call, nullptr, "CheckAuthorization") > 0) {
        sd_bus_reply_method_return(call, "(bba{ss})", 1, 0, 0);
      }
      sd_bus_message_unref(call);
      if (processed == 0 && sd_bus_wait(bus, UINT64_MAX) < 0) _exit(1);
    }
  }

  std::string folder_, address_;
  std::vector<pid_t> processes_;
};

}  // namespace earthshine::test
