#include "packet/reed_solomon_decoder.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <random>

#include "support/vectors.h"

using namespace earthshine;
using vectors::Bytes;

namespace {

/// Erases `erased` (data and parity), repairs with the first parity shards that are left, and
/// returns the data.
Bytes repair(Bytes shards, std::size_t data, std::size_t parity, std::size_t length,
             const std::vector<std::size_t>& erased) {
  std::vector<bool> there(data + parity, true);
  for (const std::size_t index : erased) {
    there[index] = false;
    std::memset(&shards[index * length], 0xEE, length);
  }
  std::vector<std::uint16_t> missing, chosen;
  for (std::size_t i = 0; i < data; ++i) {
    if (!there[i]) missing.push_back(static_cast<std::uint16_t>(i));
  }
  for (std::size_t j = 0; j < parity && chosen.size() < missing.size(); ++j) {
    if (there[data + j]) chosen.push_back(static_cast<std::uint16_t>(j));
  }
  REQUIRE(chosen.size() == missing.size());
  if (!missing.empty()) {
    static ReedSolomonDecoder decoder;
    decoder.prepare(data, parity, missing, chosen);
    for (std::size_t n = 0; n < missing.size(); ++n) {
      std::memcpy(&shards[missing[n] * length], &shards[(data + chosen[n]) * length], length);
    }
    Bytes made(missing.size() * length);
    decoder.recover(shards.data(), length, length, made.data());
    for (std::size_t n = 0; n < missing.size(); ++n) {
      std::memcpy(&shards[missing[n] * length], &made[n * length], length);
    }
  }
  shards.resize(data * length);
  return shards;
}

Bytes with_parity(Bytes shards, std::size_t data, std::size_t parity, std::size_t length) {
  shards.resize((data + parity) * length);
  encode_video_parity({shards.data(), length, shards.data() + data * length, length, length}, data,
                      parity);
  return shards;
}

}  // namespace

TEST_CASE("reed-solomon decoder: what the vectors erase comes back") {
  const auto file = vectors::load("reed-solomon");
  for (const auto& vector : file["cases"]) {
    if (vector["matrix"] != "cauchy") continue;
    CAPTURE(vector["name"].get<std::string>());
    const std::size_t data = vector["dataShards"], parity = vector["parityShards"];
    const std::size_t length = vector["shardBytes"];
    const Bytes bytes = vectors::generated(vector["seed"], data * length);
    REQUIRE(vectors::sha256(bytes) == vector["dataSha256"]);
    const Bytes shards = with_parity(bytes, data, parity, length);
    CHECK(vectors::sha256({shards.data() + data * length, parity * length}) ==
          vector["paritySha256"]);
    CHECK(repair(shards, data, parity, length, vector["erased"]) == bytes);
  }
}

TEST_CASE("reed-solomon decoder: any erasure that leaves as many shards as there was data") {
  std::mt19937 random(7);
  const auto below = [&](std::size_t limit) { return random() % limit; };
  for (int round = 0; round < 400; ++round) {
    // Also the largest blocks, and shards shorter than any vector register.
    const std::size_t parity = 1 + below(round % 8 == 0 ? 127 : 20);
    const std::size_t data = 1 + below(round % 8 == 0 ? 255 - parity : 40);
    const std::size_t length = 1 + below(200);
    CAPTURE(data);
    CAPTURE(parity);
    CAPTURE(length);
    const Bytes bytes = vectors::generated(static_cast<std::uint32_t>(round), data * length);
    std::vector<std::size_t> places(data + parity);
    std::iota(places.begin(), places.end(), 0);
    std::shuffle(places.begin(), places.end(), random);
    places.resize(below(parity + 1));
    REQUIRE(repair(with_parity(bytes, data, parity, length), data, parity, length, places) ==
            bytes);
  }
}
