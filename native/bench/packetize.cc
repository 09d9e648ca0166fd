// What a frame costs between the encoder's output and the kernel, as one line for each goal of the
// data plane. All ratios are medians of interleaved rounds in one run; compare them, not
// microseconds of different machines.
//
// Built twice from the same sources: as the program bench-packetize, and as bench-packetize.node,
// which Node loads (`node native/bench/packetize.js`), so that sealing runs on Node's own OpenSSL
// as it does in the addon, beside the system's in one process. Root measures more: two pairs of
// virtual devices in network namespaces of their own.

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "data_plane/subjects.h"
#include "data_plane/system_cipher.h"
#include "net/segmentation_check.h"
#include "packet/parity_kernel.h"

namespace {

void run(const char* only) {
  using namespace earthshine::bench;
  struct Subject {
    const char* name;
    void (*run)();
  };
  // ISA-L comes last: it slows what runs after it.
  constexpr Subject kSubjects[] = {{"seal", bench_seal},
                                   {"send", bench_send},
                                   {"frame", bench_frame},
                                   {"thread", bench_thread},
                                   {"parity", bench_parity}};
  std::printf("parity by %s, segmentation offload %s, sealing by OpenSSL %.1f\n",
              earthshine::parity_kernel().name,
              earthshine::segmentation_works() ? "works" : "not used", linked_cipher_version());
  for (const Subject& subject : kSubjects) {
    if (only && std::strcmp(only, subject.name) != 0) continue;
    subject.run();
    std::fflush(stdout);
  }
}

}  // namespace

#ifdef EARTHSHINE_BENCH_IN_NODE
/// What Node calls when it has loaded this; no more of Node is needed than its OpenSSL.
extern "C" __attribute__((visibility("default"))) void* napi_register_module_v1(void*,
                                                                                void* exports) {
  run(std::getenv("EARTHSHINE_BENCH_SUBJECT"));
  return exports;
}
#else
/// With the name of a subject (seal, send, frame, thread, parity) only that one.
int main(int count, char** arguments) {
  run(count > 1 ? arguments[1] : nullptr);
  return 0;
}
#endif
