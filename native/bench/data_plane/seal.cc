#include <cstdio>
#include <cstring>
#include <string>

#include "../goal.h"
#include "../measure.h"
#include "packet/video_sealer.h"
#include "paths.h"
#include "subjects.h"

namespace earthshine::bench {

void bench_seal() {
  constexpr const char* kWhat = "AES-128-GCM of 1408 bytes, time against OpenSSL 3.0";
  const auto system = SystemCipher::open(kKey);
  if (!system) return print_not_measured(4, kWhat, "no libcrypto.so.3 on this system");
  VideoSealer sealer(kKey);
  const Bytes shard = pattern(1408);
  Bytes datagram(1440);
  std::uint64_t counter = 0;
  std::vector<Contestant> contestants = {
      {"own", [&] { (void)sealer.seal(counter++, 1, shard, datagram.data()); }},
      {"system", [&] { system->seal(counter++, 1, shard, datagram.data()); }}};
  measure(contestants, 61, 500);
  char versions[80];
  std::snprintf(versions, sizeof versions, "x (%.0f ns by %.1f, %.0f by %.1f)",
                contestants[0].median() * 1000, linked_cipher_version(),
                contestants[1].median() * 1000, system->version());
  if (linked_cipher_version() <= system->version()) {
    print_not_measured(4, kWhat, "both are the system's; run this inside Node");
  } else if (system->version() != 3.0) {
    print_not_measured(4, kWhat, "the system's OpenSSL is not 3.0");
  } else {
    print_goal(4, kWhat, contestants[0].median() / contestants[1].median(), versions, false, 0.55);
  }
}

}  // namespace earthshine::bench
