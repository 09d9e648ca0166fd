#include "base/resident_program.h"

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cinttypes>
#include <climits>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>

namespace earthshine {
namespace {

struct Mapping {
  std::uintptr_t begin = 0, end = 0;
  std::size_t resident_kb = 0;
  /// of the program's file, and not to be written to
  bool eligible = false;
};

std::string program_path() {
  std::array<char, PATH_MAX> path{};
  const ssize_t length = readlink("/proc/self/exe", path.data(), path.size());
  return length > 0 ? std::string(path.data(), static_cast<std::size_t>(length)) : std::string();
}

/// @returns whether the line begins a mapping
bool read_mapping(const char* line, const std::string& program, Mapping& mapping) {
  std::uintptr_t begin = 0, end = 0;
  std::array<char, 5> rights{};
  int path = 0;
  if (std::sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s %*s %*s %*s %n", &begin, &end, rights.data(),
                  &path) != 3 ||
      path == 0) {
    return false;
  }
  std::string name(line + path);
  while (!name.empty() && (name.back() == '\n' || name.back() == ' ')) name.pop_back();
  mapping = {begin, end, 0, rights[1] != 'w' && rights[3] == 'p' && name == program};
  return true;
}

}  // namespace

std::size_t release_program_pages() {
  const std::string program = program_path();
  if (program.empty()) return 0;
  const std::unique_ptr<FILE, int (*)(FILE*)> maps(std::fopen("/proc/self/smaps", "re"),
                                                   std::fclose);
  if (!maps) return 0;
  std::size_t released = 0;
  Mapping mapping;
  std::array<char, PATH_MAX + 128> line{};
  while (std::fgets(line.data(), static_cast<int>(line.size()), maps.get())) {
    if (read_mapping(line.data(), program, mapping) || !mapping.eligible) continue;
    std::size_t kilobytes = 0;
    if (std::sscanf(line.data(), "Rss: %zu kB", &kilobytes) == 1) mapping.resident_kb = kilobytes;
    if (std::sscanf(line.data(), "Anonymous: %zu kB", &kilobytes) != 1) continue;
    // A page that was changed exists nowhere else: what the linker wrote before it closed the
    // mapping, a debugger's breakpoint.
    mapping.eligible = false;
    if (kilobytes != 0 || mapping.resident_kb == 0) continue;
    // SAFETY: the kernel gave this mapping's bounds; a private, unchanged mapping of a file reads
    // the same bytes after its pages are let go.
    // NOLINTNEXTLINE(performance-no-int-to-ptr)
    void* begin = reinterpret_cast<void*>(mapping.begin);
    if (madvise(begin, mapping.end - mapping.begin, MADV_DONTNEED) == 0) {
      released += mapping.resident_kb * 1024;
    }
  }
  return released;
}

}  // namespace earthshine
