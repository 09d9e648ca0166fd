#include "base/large_memory.h"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <cstdint>
#include <fstream>
#include <string>

#include "convert/yuv_picture.h"

using namespace earthshine;

namespace {

long faults() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_minflt;
}

bool kernel_gives_large_pages() {
  std::ifstream file("/sys/kernel/mm/transparent_hugepage/enabled");
  std::string choice;
  std::getline(file, choice);
  return !choice.empty() && choice.find("[never]") == std::string::npos;
}

}  // namespace

TEST_CASE("a picture of 8K is touched in large pages") {
  if (!kernel_gives_large_pages()) return;
  const long before = faults();
  const YuvPicture picture(8192, 4320, {});
  CHECK(reinterpret_cast<std::uintptr_t>(picture.plane(0).data) % kLargePage == 0);
  CHECK(picture.plane(0).row(4319)[8191] == 16);
  // 13,000 small ones; a machine whose memory is in pieces gives some of them.
  CHECK(faults() - before < 5000);
}

TEST_CASE("small memory is not rounded up to large pages") {
  void* memory = allocate_large(kLargeMemory - 1);
  CHECK(reinterpret_cast<std::uintptr_t>(memory) % 64 == 0);
  free_large(memory, kLargeMemory - 1);
}
