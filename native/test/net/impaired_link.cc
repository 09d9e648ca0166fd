#include "net/impaired_link.h"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstring>
#include <set>
#include <thread>
#include <vector>

#include "support/memory_wire.h"
#include "support/vectors.h"

using namespace earthshine;
using test::drain;
using test::MemoryWire;
using test::MemoryWireSettings;
using vectors::Bytes;

namespace {

constexpr Nanoseconds kSecond = 1'000'000'000;

}  // namespace

TEST_CASE("memory wire: datagrams come out as they went in, and a full queue loses and counts") {
  MemoryWire wire({.largest = 100, .capacity = 4});
  const Bytes bytes = vectors::generated(1, 600);
  wire.transport()->send_equal(bytes.data(), 100, 6);
  wire.transport()->send_equal(bytes.data(), 101, 1);
  std::vector<Bytes> got;
  const auto keep = [&](std::span<std::uint8_t> datagram, Nanoseconds) {
    got.emplace_back(datagram.begin(), datagram.end());
  };
  CHECK(drain(*wire.source(), keep) == 4);
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(std::equal(got[i].begin(), got[i].end(), &bytes[100 * i]));
  }
  CHECK(wire.source()->counts().overflowed == 2);
  CHECK(wire.source()->counts().oversized == 1);
  CHECK(wire.transport()->counts().packets == 7);
  CHECK(std::string(wire.transport()->method_name()) == "memory");
  CHECK(drain(*wire.source(), keep, kSecond / 100) == 0);
}

TEST_CASE("memory wire: a datagram takes its time, and stopping wakes who waits") {
  MemoryWire wire({.largest = 10, .delay = kSecond / 50});
  const Bytes bytes(10);
  const Nanoseconds sent = now();
  wire.transport()->send_equal(bytes.data(), 10, 1);
  Nanoseconds stamped = 0;
  CHECK(drain(
            *wire.source(), [&](auto, Nanoseconds arrived) { stamped = arrived; }, kSecond) == 1);
  CHECK(now() - sent >= kSecond / 50);
  CHECK(stamped - sent >= kSecond / 50);
  std::thread stopper([&] { wire.stop(); });
  CHECK(drain(
            *wire.source(), [](auto, auto) {}, 60 * kSecond) == 0);
  stopper.join();
}

TEST_CASE("memory wire: some datagrams take longer, and all come when they are due") {
  constexpr std::uint32_t kSent = 2000;
  constexpr Nanoseconds kDelay = kSecond / 20;
  const auto run = [&] {
    MemoryWireSettings settings{.largest = 4};
    settings.impairment.packets = {.delayed = 25, .delay = kDelay, .seed = 9};
    MemoryWire wire(settings);
    for (std::uint32_t i = 0; i < kSent; ++i) {
      std::array<std::uint8_t, 4> bytes;
      std::memcpy(bytes.data(), &i, 4);
      wire.transport()->send_equal(bytes.data(), 4, 1);
    }
    std::vector<std::uint32_t> order;
    Nanoseconds last = 0;
    while (order.size() < kSent) {
      const std::size_t before = order.size();
      drain(
          *wire.source(),
          [&](std::span<std::uint8_t> datagram, Nanoseconds due) {
            std::memcpy(&order.emplace_back(), datagram.data(), 4);
            CHECK(due >= last);
            CHECK(due <= now());
            last = due;
          },
          60 * kSecond);
      REQUIRE(order.size() > before);
    }
    CHECK(wire.counts().delayed > 400);
    CHECK(wire.counts().delayed < 600);
    std::set<std::uint32_t> late;
    std::uint32_t newest = 0;
    for (const std::uint32_t number : order) {
      if (number < newest) late.insert(number);
      newest = std::max(newest, number);
    }
    CHECK(late.size() <= wire.counts().delayed);
    CHECK(std::set<std::uint32_t>(order.begin(), order.end()).size() == kSent);
    return late.size();
  };
  // On a machine that is never busy for so long they come behind all others.
  std::size_t most = 0;
  for (int i = 0; i < 20 && most < 400; ++i) most = std::max(most, run());
  CHECK(most > 400);
}

TEST_CASE("impaired link: the shares are as wanted, and the same in every run") {
  const auto run = [](std::uint64_t seed) {
    ImpairedLink link({.packets = {.drop = 5, .duplicate = 3, .reorder = 2, .seed = seed}}, 4);
    std::vector<std::uint32_t> order;
    for (std::uint32_t i = 0; i < 20'000; ++i) {
      std::array<std::uint8_t, 4> bytes;
      std::memcpy(bytes.data(), &i, 4);
      link.pass(bytes, 0, [&](std::span<std::uint8_t> datagram, Nanoseconds) {
        std::memcpy(&order.emplace_back(), datagram.data(), 4);
        // Whoever gets one may spoil it.
        std::fill(datagram.begin(), datagram.end(), 0xEE);
      });
    }
    const LinkCounts& counts = link.counts();
    CHECK(std::abs(static_cast<double>(counts.dropped) - 1000) < 150);
    CHECK(std::abs(static_cast<double>(counts.duplicated) - 570) < 120);
    CHECK(std::abs(static_cast<double>(counts.reordered) - 380) < 100);
    const std::set<std::uint32_t> different(order.begin(), order.end());
    CHECK(order.size() == different.size() + counts.duplicated);
    CHECK(different.size() >= 20'000 - counts.dropped - 3);
    CHECK(*different.rbegin() < 20'000);
    return order;
  };
  CHECK(run(5) == run(5));
  CHECK(run(5) != run(6));
}

TEST_CASE("impaired link: nothing passes in a blackout, and what follows is not shifted") {
  const auto run = [](Nanoseconds blackout) {
    ImpairedLink link(
        {.packets = {.drop = 20, .seed = 3}, .blackout_after = 100, .blackout = blackout}, 1);
    std::vector<Nanoseconds> passed;
    std::array<std::uint8_t, 1> byte{};
    for (Nanoseconds time = 1000; time < 2000; ++time) {
      link.pass(byte, time, [&](auto, Nanoseconds at) { passed.push_back(at); });
    }
    return passed;
  };
  auto whole = run(0);
  std::erase_if(whole, [](Nanoseconds time) { return time >= 1100 && time < 1400; });
  CHECK(run(300) == whole);
}
