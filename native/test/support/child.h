#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace earthshine::test {

/// A child in a process group of its own; all of the group ends with the object.
class Child {
 public:
  explicit Child(std::vector<std::string> command);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  /// to the whole group
  void signal(int number) const;
  /// SIGKILL to the group, and waits. May be called twice.
  void kill();
  [[nodiscard]] bool running() const;

 private:
  pid_t pid_ = -1;
};

}  // namespace earthshine::test
