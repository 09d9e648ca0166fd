#include "encode/render_nodes.h"

#include <algorithm>
#include <fstream>
#include <system_error>
#include <tuple>

namespace earthshine {
namespace {

namespace fs = std::filesystem;

/// Only graphics cards on a PCI bus tell.
bool started_the_screen(const fs::path& root, const std::string& name) {
  std::ifstream file(root / "sys/class/drm" / name / "device/boot_vga");
  int value = 0;
  return (file >> value) && value == 1;
}

}  // namespace

std::vector<std::string> render_nodes(const fs::path& root) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(root / "dev/dri", error)) {
    const std::string name = entry.path().filename();
    if (name.starts_with("renderD")) names.push_back(name);
  }
  const auto rank = [&](const std::string& name) {
    return std::tuple(started_the_screen(root, name) ? 0 : 1, name.size(), name);
  };
  std::sort(names.begin(), names.end(),
            [&](const std::string& a, const std::string& b) { return rank(a) < rank(b); });
  for (std::string& name : names) name = (root / "dev/dri" / name).string();
  return names;
}

std::vector<std::string> render_nodes_or(const std::string& chosen) {
  if (!chosen.empty()) return {chosen};
  return render_nodes();
}

std::string kernel_driver(const std::string& node, const fs::path& root) {
  std::error_code error;
  const fs::path link = root / "sys/class/drm" / fs::path(node).filename() / "device/driver";
  return fs::read_symlink(link, error).filename().string();
}

}  // namespace earthshine
