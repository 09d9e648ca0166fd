#include "packet/video_sealer.h"

#include <doctest/doctest.h>

#include "support/vectors.h"

using namespace earthshine;

TEST_CASE("video sealer: the datagrams of the vectors") {
  const auto file = vectors::load("video-encryption");
  std::size_t cases = 0;
  for (const auto& vector : file["cases"]) {
    CAPTURE(vector["name"].get<std::string>());
    VideoSealer sealer(vectors::key(vector["key"]));
    const auto plain = vectors::generated(vector["plaintextSeed"], vector["plaintextBytes"]);
    REQUIRE(vectors::sha256(plain) == vector["plaintextSha256"]);
    vectors::Bytes datagram(plain.size() + kSealBytes);
    REQUIRE(datagram.size() == vector["datagramBytes"]);
    const auto counter = std::stoull(vector["counter"].get<std::string>());
    // A context that has sealed before must give the same bytes.
    for (int round = 0; round < 2; ++round) {
      CHECK(sealer.seal(counter, vector["frameNumber"], plain, datagram.data()));
      CHECK(vectors::sha256(datagram) == vector["datagramSha256"]);
      CHECK(vectors::to_hex(std::span(datagram).first(12)) == vector["iv"]);
      CHECK(vectors::to_hex(std::span(datagram).subspan(16, 16)) == vector["tag"]);
    }
    ++cases;
  }
  CHECK(cases == 4);
}
