#include "packet/video_opener.h"

#include <doctest/doctest.h>

#include "packet/video_sealer.h"
#include "support/vectors.h"

using namespace earthshine;
using vectors::Bytes;

TEST_CASE("video opener: the vectors' datagrams open, and not with a byte changed") {
  const auto file = vectors::load("video-encryption");
  for (const auto& vector : file["cases"]) {
    CAPTURE(vector["name"].get<std::string>());
    const auto key = vectors::key(vector["key"]);
    const Bytes shard = vectors::generated(vector["plaintextSeed"], vector["plaintextBytes"]);
    REQUIRE(vectors::sha256(shard) == vector["plaintextSha256"]);
    const std::uint64_t counter = std::stoull(vector["counter"].get<std::string>());
    Bytes sealed(shard.size() + kSealBytes);
    VideoSealer sealer(key);
    REQUIRE(sealer.seal(counter, vector["frameNumber"], shard, sealed.data()));
    REQUIRE(vectors::sha256(sealed) == vector["datagramSha256"]);

    VideoOpener opener(key);
    for (int again = 0; again < 2; ++again) {
      Bytes datagram = sealed;
      const auto opened = opener.open(datagram);
      REQUIRE(opened);
      CHECK(opened->counter == counter);
      CHECK(opened->frame_number == vector["frameNumber"]);
      CHECK(Bytes(opened->shard.begin(), opened->shard.end()) == shard);
    }
    for (const std::size_t offset : {0UL, 8UL, 11UL, 16UL, 31UL, 32UL, sealed.size() - 1}) {
      Bytes broken = sealed;
      broken[offset] ^= 1;
      CHECK_FALSE(opener.open(broken));
    }
    // The frame number is not authenticated; the receiver compares it.
    Bytes renumbered = sealed;
    renumbered[12] ^= 1;
    CHECK(opener.open(renumbered));
    for (const std::size_t length : {0UL, 11UL, 31UL, 32UL, sealed.size() - 1}) {
      Bytes cut(sealed.begin(), sealed.begin() + static_cast<std::ptrdiff_t>(length));
      CHECK_FALSE(opener.open(cut));
    }
  }
}
