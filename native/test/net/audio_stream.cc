#include "net/audio_stream.h"

#include <doctest/doctest.h>

#include "support/loopback.h"
#include "support/vectors.h"

using namespace earthshine;
using test::LoopbackClient;

TEST_CASE("audio stream: the vectors' blocks arrive as the vectors say") {
  const auto file = vectors::load("audio");
  for (const auto& vector : file["blocks"]) {
    CAPTURE(vector["name"].get<std::string>());
    LoopbackClient client;
    CounterSlot counters{};
    // A successor begins with these.
    counters.audio_sequence = vector["baseSequence"].get<std::uint32_t>();
    counters.audio_timestamp = vector["baseTimestamp"].get<std::uint32_t>();
    AudioStream stream(
        {.packet_duration = vector["packetDurationMs"],
         .key = vector["encrypted"] ? std::optional(vectors::key(vector["key"])) : std::nullopt,
         .key_id = static_cast<std::uint32_t>(vector["rikeyid"].get<std::int64_t>())},
        counters);
    REQUIRE(stream.set_endpoint(client.endpoint()).ok());
    for (const std::string opus : vector["opus"]) stream.send(vectors::from_hex(opus));
    for (const std::string datagram : vector["datagrams"]) {
      const auto received = client.receive();
      REQUIRE(received);
      CHECK(vectors::to_hex(*received) == datagram);
    }
    const auto statistics = stream.take_statistics();
    CHECK(statistics.packets == 6);
    CHECK(statistics.send_errors == 0);
    CHECK(stream.take_statistics().packets == 0);
  }
}

TEST_CASE("audio stream: the first packet that is sent has number 0, and whole blocks parity") {
  LoopbackClient client;
  CounterSlot counters{};
  AudioStream stream({.packet_duration = 10}, counters);
  const vectors::Bytes opus(60, 7);
  const auto send = [&](int packets) {
    for (int i = 0; i < packets; ++i) stream.send(opus);
  };
  std::vector<unsigned> sequences, types, timestamps;
  const auto receive = [&](std::size_t packets) {
    while (sequences.size() < packets) {
      const auto datagram = client.receive(10'000);
      REQUIRE(datagram);
      types.push_back((*datagram)[1]);
      sequences.push_back((*datagram)[3]);
      timestamps.push_back((*datagram)[7]);
    }
  };
  send(6);
  CHECK(counters.audio_sequence == 0);
  CHECK(counters.audio_timestamp == 0);
  REQUIRE(stream.set_endpoint(client.endpoint()).ok());
  send(4);
  receive(6);
  CHECK(sequences == std::vector<unsigned>{0, 1, 2, 3, 4, 5});
  CHECK(types == std::vector<unsigned>{97, 97, 97, 97, 127, 127});
  CHECK(timestamps == std::vector<unsigned>{0, 10, 20, 30, 0, 0});
}

TEST_CASE("audio stream: a successor goes on with the numbers, with parity from a whole block on") {
  LoopbackClient client;
  CounterSlot counters{};
  counters.audio_sequence = 6;
  counters.audio_timestamp = 60;
  AudioStream stream({.packet_duration = 10}, counters);
  const vectors::Bytes opus(60, 7);
  REQUIRE(stream.set_endpoint(client.endpoint()).ok());
  for (int i = 6; i < 12; ++i) stream.send(opus);
  std::vector<unsigned> sequences, types;
  while (const auto datagram = client.receive(100)) {
    sequences.push_back((*datagram)[3]);
    types.push_back((*datagram)[1]);
  }
  CHECK(sequences == std::vector<unsigned>{6, 7, 8, 9, 10, 11, 12, 13});
  CHECK(types == std::vector<unsigned>{97, 97, 97, 97, 97, 97, 127, 127});
}

TEST_CASE("audio stream: a client that is gone and a packet too large are counted") {
  CounterSlot counters{};
  AudioStream stream({}, counters);
  {
    const LoopbackClient client;
    REQUIRE(stream.set_endpoint(client.endpoint()).ok());
  }
  const vectors::Bytes opus(60, 7);
  for (int i = 0; i < 8; ++i) stream.send(opus);
  CHECK(stream.take_statistics().send_errors > 0);
  stream.send(vectors::Bytes(1400));
  CHECK(stream.take_statistics().send_errors >= 1);
  CHECK(counters.audio_sequence == 9);
}
