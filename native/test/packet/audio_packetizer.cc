#include "packet/audio_packetizer.h"

#include <doctest/doctest.h>

#include "support/vectors.h"

using namespace earthshine;

namespace {

std::optional<std::array<std::uint8_t, 16>> key_of(const nlohmann::json& vector) {
  if (vector.contains("encrypted") && vector["encrypted"].is_boolean() && !vector["encrypted"]) {
    return std::nullopt;
  }
  return vectors::key(vector["key"]);
}

}  // namespace

TEST_CASE("audio packetizer: the sealed payloads of the vectors") {
  const auto file = vectors::load("audio");
  CHECK(file["singlePayloads"].size() == 4);
  for (const auto& vector : file["singlePayloads"]) {
    CAPTURE(vector["name"].get<std::string>());
    AudioPacketizer packetizer(key_of(vector), vector["rikeyidUnsigned"]);
    const auto datagrams =
        packetizer.packetize(vectors::from_hex(vector["opus"]), vector["sequence"], 0);
    REQUIRE(datagrams.count == 1);
    CHECK(vectors::to_hex(datagrams.each[0].subspan(12)) == vector["encrypted"]);
  }
}

TEST_CASE("audio packetizer: the blocks of the vectors, parity after the fourth packet") {
  const auto file = vectors::load("audio");
  CHECK(file["blocks"].size() == 3);
  for (const auto& vector : file["blocks"]) {
    CAPTURE(vector["name"].get<std::string>());
    AudioPacketizer packetizer(key_of(vector),
                               static_cast<std::uint32_t>(vector["rikeyid"].get<std::int64_t>()));
    std::vector<std::string> sent;
    for (int round = 0; round < 2; ++round) {
      sent.clear();
      for (std::size_t i = 0; i < 4; ++i) {
        const auto opus = vectors::from_hex(vector["opus"][i]);
        const auto datagrams = packetizer.packetize(
            opus, static_cast<std::uint16_t>(vector["baseSequence"].get<unsigned>() + i),
            static_cast<std::uint32_t>(vector["baseTimestamp"].get<unsigned>() +
                                       i * vector["packetDurationMs"].get<unsigned>()));
        CHECK(datagrams.count == (i == 3 ? 3 : 1));
        for (std::size_t d = 0; d < datagrams.count; ++d) {
          sent.push_back(vectors::to_hex(datagrams.each[d]));
        }
      }
      REQUIRE(sent.size() == 6);
      for (std::size_t d = 0; d < 6; ++d) CHECK(sent[d] == vector["datagrams"][d]);
    }
  }
}

TEST_CASE("audio packetizer: no parity for a block begun in its middle, torn, or of two lengths") {
  AudioPacketizer packetizer(std::nullopt, 0);
  const vectors::Bytes opus(60, 1), longer(61, 2);
  const auto count = [&](unsigned sequence, const vectors::Bytes& bytes) {
    return packetizer.packetize(bytes, static_cast<std::uint16_t>(sequence), 0).count;
  };
  for (unsigned s = 6; s < 8; ++s) CHECK(count(s, opus) == 1);
  for (unsigned s = 8; s < 11; ++s) CHECK(count(s, opus) == 1);
  CHECK(count(11, opus) == 3);
  for (const unsigned s : {12U, 13U, 15U}) CHECK(count(s, opus) == 1);
  for (unsigned s = 16; s < 19; ++s) CHECK(count(s, opus) == 1);
  CHECK(count(19, longer) == 1);
  for (unsigned s = 20; s < 23; ++s) CHECK(count(s, longer) == 1);
  CHECK(count(23, longer) == 3);
  // The same places of another block do not complete this one.
  for (unsigned s = 24; s < 27; ++s) CHECK(count(s, opus) == 1);
  CHECK(count(31, opus) == 1);
}

TEST_CASE("audio packetizer: what does not fit a datagram is not sent") {
  AudioPacketizer plain(std::nullopt, 0);
  AudioPacketizer sealed(std::array<std::uint8_t, 16>{}, 0);
  CHECK(plain.packetize(vectors::Bytes(1388), 0, 0).count == 1);
  CHECK(plain.packetize(vectors::Bytes(1389), 1, 0).count == 0);
  CHECK(sealed.packetize(vectors::Bytes(1375), 0, 0).count == 1);
  CHECK(sealed.packetize(vectors::Bytes(1376), 1, 0).count == 0);
  CHECK(plain.packetize({}, 2, 0).count == 0);
}
