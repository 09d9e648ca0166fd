#include "speedtest/datagram.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

#include "support/vectors.h"

using namespace earthshine;

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::array<std::uint8_t, 16> kKey{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

Bytes datagram(SpeedTestSeal& seal, const SpeedTestHeader& header) {
  Bytes bytes(kSpeedTestDatagramBytes, 0x5A);
  REQUIRE(seal.write(header, SpeedTestSeal::Datagram(bytes.data(), bytes.size())));
  return bytes;
}

std::vector<Bytes> kept() {
  std::vector<Bytes> inputs;
  const auto folder = vectors::checkout() / "native/test/corpus/speed-test";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path(), std::ios::binary);
    inputs.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return inputs;
}

}  // namespace

TEST_CASE("speed test datagram: is read as it was written, by its own key only") {
  SpeedTestSeal host(kKey), device(kKey), stranger({9});
  for (const std::uint64_t sequence :
       {std::uint64_t{0}, std::uint64_t{77}, (std::uint64_t{1} << 40) - 1}) {
    for (const std::uint32_t step : {0U, 63U}) {
      const Bytes bytes =
          datagram(host, {.sequence = sequence, .sent = 123'456'789'012, .step = step});
      const auto header = device.read(bytes);
      REQUIRE(header);
      CHECK(header->sequence == sequence);
      CHECK(header->sent == 123'456'789'012);
      CHECK(header->step == step);
      CHECK_FALSE(stranger.read(bytes));
    }
  }
}

TEST_CASE("speed test datagram: one changed bit anywhere, and it is nobody's") {
  SpeedTestSeal seal(kKey);
  const Bytes bytes = datagram(seal, {.sequence = 5, .sent = 6, .step = 7});
  for (std::size_t bit = 0; bit < bytes.size() * 8; bit += bit < 40 * 8 ? 1 : 97) {
    Bytes changed = bytes;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1 << (bit % 8));
    CHECK_FALSE(seal.read(changed));
  }
}

TEST_CASE(
    "speed test datagram: figures that could not be reckoned with are refused, sealed or not") {
  SpeedTestSeal seal(kKey);
  CHECK_FALSE(seal.read(datagram(seal, {.sequence = 1ULL << 40, .sent = 1, .step = 0})));
  CHECK_FALSE(seal.read(datagram(seal, {.sequence = 1, .sent = -1, .step = 0})));
  CHECK_FALSE(seal.read(datagram(seal, {.sequence = 1, .sent = Nanoseconds{1} << 61, .step = 0})));
  CHECK_FALSE(seal.read(datagram(seal, {.sequence = 1, .sent = 1, .step = 64})));
}

TEST_CASE("speed test datagram: survives anything") {
  SpeedTestSeal seal(kKey);
  std::vector<Bytes> seeds = kept();
  CHECK(seeds.size() >= 3);
  for (const Bytes& seed : seeds) CHECK_FALSE(seal.read(seed));
  seeds.push_back(datagram(seal, {.sequence = 3, .sent = 4, .step = 5}));
  std::mt19937 random(11);
  for (int run = 0; run < 20'000; ++run) {
    Bytes bytes = seeds[random() % seeds.size()];
    if (random() % 4 == 0) bytes.resize(random() % 1500);
    bool changed = bytes != seeds.back();
    for (std::uint32_t i = random() % 4; i > 0 && !bytes.empty(); --i) {
      const auto value = static_cast<std::uint8_t>(random());
      auto& byte = bytes[random() % bytes.size()];
      changed = changed || byte != value;
      byte = value;
    }
    if (changed && bytes != seeds.back()) CHECK_FALSE(seal.read(bytes));
  }
}
