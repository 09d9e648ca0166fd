#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

namespace earthshine::test {

/// A folder that goes with the object, and all that is in it.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    if (mkdtemp(path_.data()) == nullptr) std::abort();
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_ = std::filesystem::temp_directory_path() / "earthshine-test-XXXXXX";
};

}  // namespace earthshine::test
