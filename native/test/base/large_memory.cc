#include "base/large_memory.h"

#include <doctest/doctest.h>

#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>

#include "convert/yuv_picture.h"

using namespace earthshine;

namespace {

bool kernel_gives_large_pages() {
  std::ifstream file("/sys/kernel/mm/transparent_hugepage/enabled");
  std::string choice;
  std::getline(file, choice);
  return !choice.empty();
}

/// Whether the kernel was asked for large pages there ("hg" of VmFlags, proc(5)). Whether it has
/// some free is not ours to say.
bool large_pages_wanted(const void* address) {
  const auto wanted = reinterpret_cast<std::uintptr_t>(address);
  std::ifstream maps("/proc/self/smaps");
  bool here = false;
  for (std::string line; std::getline(maps, line);) {
    std::uintptr_t begin = 0, end = 0;
    if (std::sscanf(line.c_str(), "%" SCNxPTR "-%" SCNxPTR " ", &begin, &end) == 2) {
      here = begin <= wanted && wanted < end;
    } else if (here && line.starts_with("VmFlags:")) {
      return line.find(" hg") != std::string::npos;
    }
  }
  return false;
}

}  // namespace

TEST_CASE("a picture of 8K is asked for in large pages") {
  if (!kernel_gives_large_pages()) return;
  const YuvPicture large(8192, 4320, {});
  CHECK(reinterpret_cast<std::uintptr_t>(large.plane(0).data) % kLargePage == 0);
  CHECK(large.plane(0).row(4319)[8191] == 16);
  // The stack, for which nobody asked.
  CHECK_FALSE(large_pages_wanted(&large));
  CHECK(large_pages_wanted(large.plane(0).row(2000)));
}

TEST_CASE("small memory is not rounded up to large pages") {
  void* memory = allocate_large(kLargeMemory - 1);
  CHECK(reinterpret_cast<std::uintptr_t>(memory) % 64 == 0);
  free_large(memory, kLargeMemory - 1);
}
