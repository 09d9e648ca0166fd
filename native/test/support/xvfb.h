#pragma once

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace earthshine::test {

/// A real X server of its own for one test. It chooses a free display number itself.
class Xvfb {
 public:
  /// `without`: an extension that it does not have.
  explicit Xvfb(const std::string& screen = "640x480x24", std::string without = "")
      : without_(std::move(without)) {
    start(screen);
  }
  ~Xvfb() { stop(); }
  Xvfb(const Xvfb&) = delete;
  Xvfb& operator=(const Xvfb&) = delete;

  [[nodiscard]] const std::string& display() const { return display_; }
  void stop() {
    if (child_ <= 0) return;
    kill(child_, SIGKILL);
    waitpid(child_, nullptr, 0);
    child_ = -1;
  }
  void signal(int number) const { kill(child_, number); }
  /// After stop(): another server, with the same display number.
  void start_again(const std::string& screen) { start(screen); }

 private:
  void start(const std::string& screen, int attempts = 4) {
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0) throw std::runtime_error("no pipe");
    const std::string number = std::to_string(ends[1]);
    std::vector<const char*> arguments{"Xvfb",         "-displayfd", number.c_str(), "-screen", "0",
                                       screen.c_str(), "-nolisten",  "tcp",          "-noreset"};
    if (!without_.empty()) {
      arguments.push_back("-extension");
      arguments.push_back(without_.c_str());
    }
    if (!display_.empty()) arguments.push_back(display_.c_str());
    arguments.push_back(nullptr);
    child_ = fork();
    if (child_ == 0) {
      ::close(ends[0]);
      // A test that is killed leaves no server behind, nor one that holds its output open.
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      const int nothing = ::open("/dev/null", O_WRONLY);
      dup2(nothing, STDOUT_FILENO);
      dup2(nothing, STDERR_FILENO);
      execvp("Xvfb", const_cast<char* const*>(arguments.data()));
      _exit(127);
    }
    ::close(ends[1]);
    std::array<char, 16> text{};
    std::size_t length = 0;
    ssize_t got = 0;
    // The number ends with a newline, which may come by itself.
    while (length + 1 < text.size() && (length == 0 || text[length - 1] != '\n') &&
           (got = read(ends[0], text.data() + length, text.size() - 1 - length)) > 0) {
      length += static_cast<std::size_t>(got);
    }
    ::close(ends[0]);
    if (length == 0) {
      stop();
      // Of two that look for a free number at the same moment, one ends.
      if (display_.empty() && attempts > 1) return start(screen, attempts - 1);
      throw std::runtime_error("Xvfb did not start: install the package xvfb");
    }
    display_ = ":" + std::string(text.data(), length - 1);
  }

  const std::string without_;
  pid_t child_ = -1;
  std::string display_;
};

}  // namespace earthshine::test
