#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace earthshine {

/// The GPUs' doors for programs that show nothing ("/dev/dri/renderD128"), in the order in which
/// they are tried: the one that the firmware started the screen on (its compositor draws there,
/// as a rule) first, then by number.
///
/// @param root for tests
std::vector<std::string> render_nodes(const std::filesystem::path& root = "/");

/// The `chosen` one alone, or all of them when it is empty.
std::vector<std::string> render_nodes_or(const std::string& chosen);

/// The kernel's driver of a render node ("amdgpu"); empty when it is not told.
std::string kernel_driver(const std::string& node, const std::filesystem::path& root = "/");

}  // namespace earthshine
