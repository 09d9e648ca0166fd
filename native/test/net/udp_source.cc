#include "net/udp_source.h"

#include <doctest/doctest.h>
#include <netinet/udp.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "support/allocation_counter.h"
#include "support/loopback.h"
#include "support/vectors.h"

using namespace earthshine;
using test::LoopbackClient;
using vectors::Bytes;

namespace {

constexpr Nanoseconds kSecond = 1'000'000'000;

/// The host's end of a plane: a socket that answers where the first ping came from.
class Host {
 public:
  explicit Host(int family = AF_INET) : socket_(family), family_(family) {}

  [[nodiscard]] UdpSourceOptions options(std::size_t largest) const {
    return {.address = family_ == AF_INET6 ? "::1" : "127.0.0.1",
            .port = socket_.port(),
            .largest = largest};
  }
  std::optional<Bytes> hear() {
    auto ping = socket_.receive();
    if (ping) connect_to(socket_.sender_port());
    return ping;
  }
  /// One send that the kernel cuts into datagrams of `segment` bytes.
  bool send_cut(const Bytes& bytes, int segment) const {
    setsockopt(socket_.descriptor(), SOL_UDP, UDP_SEGMENT, &segment, sizeof segment);
    const auto sent = send(socket_.descriptor(), bytes.data(), bytes.size(), 0);
    const int off = 0;
    setsockopt(socket_.descriptor(), SOL_UDP, UDP_SEGMENT, &off, sizeof off);
    return sent == static_cast<ssize_t>(bytes.size());
  }
  [[nodiscard]] bool send_one(const Bytes& bytes) const {
    return send(socket_.descriptor(), bytes.data(), bytes.size(), 0) ==
           static_cast<ssize_t>(bytes.size());
  }

 private:
  void connect_to(std::uint16_t port) {
    sockaddr_in6 six{};
    six.sin6_family = AF_INET6;
    six.sin6_addr = in6addr_loopback;
    six.sin6_port = htons(port);
    sockaddr_in four{};
    four.sin_family = AF_INET;
    four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    four.sin_port = htons(port);
    const bool is_six = family_ == AF_INET6;
    connect(socket_.descriptor(),
            is_six ? reinterpret_cast<sockaddr*>(&six) : reinterpret_cast<sockaddr*>(&four),
            is_six ? sizeof six : sizeof four);
  }

  LoopbackClient socket_;
  int family_;
};

std::vector<Bytes> collect(UdpSource& source, std::size_t count) {
  std::vector<Bytes> datagrams;
  while (datagrams.size() < count) {
    const std::size_t before = datagrams.size();
    const auto received = source.receive(
        [&](std::span<std::uint8_t> datagram, Nanoseconds arrived) {
          CHECK(arrived <= now());
          datagrams.emplace_back(datagram.begin(), datagram.end());
        },
        now() + kSecond);
    REQUIRE(received.ok());
    if (datagrams.size() == before) break;
  }
  return datagrams;
}

}  // namespace

TEST_CASE("udp source: pings leave from where datagrams arrive, over IPv4 and IPv6") {
  for (const int family : {AF_INET, AF_INET6}) {
    Host host(family);
    auto source = UdpSource::open(host.options(1408));
    REQUIRE(source.ok());
    CHECK(source.value()->receive_buffer() > 0);
    const Bytes ping = vectors::generated(1, 20);
    REQUIRE(source.value()->ping(ping));
    CHECK(host.hear() == ping);
    const Bytes answer = vectors::generated(2, 1408);
    REQUIRE(host.send_one(answer));
    const auto datagrams = collect(*source.value(), 1);
    REQUIRE(datagrams.size() == 1);
    CHECK(datagrams[0] == answer);
    CHECK(source.value()->counts().datagrams == 1);
    CHECK(source.value()->counts().bytes == 1408);
  }
}

TEST_CASE("udp source: joined datagrams come apart again, the short last one too") {
  Host host;
  auto source = UdpSource::open(host.options(1000));
  REQUIRE(source.ok());
  REQUIRE(source.value()->ping(vectors::generated(1, 4)));
  REQUIRE(host.hear());
  // The kernels that corrupt a train whose last segment is as long as the others are 7.0 to 7.1.4.
  const Bytes train = vectors::generated(3, 40 * 1000 + 17);
  REQUIRE(host.send_cut(train, 1000));
  const auto datagrams = collect(*source.value(), 41);
  REQUIRE(datagrams.size() == 41);
  Bytes joined;
  for (const Bytes& datagram : datagrams) {
    joined.insert(joined.end(), datagram.begin(), datagram.end());
  }
  CHECK(datagrams.back().size() == 17);
  CHECK(joined == train);
}

TEST_CASE("udp source: what is longer than agreed is thrown away and counted") {
  Host host;
  auto source = UdpSource::open(host.options(500));
  REQUIRE(source.ok());
  REQUIRE(source.value()->ping(vectors::generated(1, 4)));
  REQUIRE(host.hear());
  REQUIRE(host.send_one(vectors::generated(1, 501)));
  REQUIRE(host.send_one({}));
  REQUIRE(host.send_one(vectors::generated(2, 500)));
  const auto datagrams = collect(*source.value(), 2);
  REQUIRE(datagrams.size() == 2);
  CHECK(datagrams[0].empty());
  CHECK(datagrams[1] == vectors::generated(2, 500));
  CHECK(source.value()->counts().oversized == 1);
  CHECK(source.value()->counts().datagrams == 3);
}

TEST_CASE("udp source: a host that does not listen is no fault, and its deadline is kept") {
  UdpSourceOptions options;
  {
    const Host gone;
    options = gone.options(100);
  }
  auto source = UdpSource::open(options);
  REQUIRE(source.ok());
  for (int i = 0; i < 3; ++i) CHECK(source.value()->ping(vectors::generated(1, 4)));
  const Nanoseconds started = now();
  const auto received = source.value()->receive([](auto, auto) {}, started + kSecond / 20);
  REQUIRE(received.ok());
  CHECK(received.value() == 0);
  CHECK(now() - started >= kSecond / 20);
}

TEST_CASE("udp source: stopping wakes the thread that waits") {
  Host host;
  auto source = UdpSource::open(host.options(100));
  REQUIRE(source.ok());
  std::thread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    source.value()->stop();
  });
  const auto received = source.value()->receive([](auto, auto) {}, now() + 60 * kSecond);
  stopper.join();
  REQUIRE(received.ok());
  CHECK(received.value() == 0);
  CHECK(source.value()->stopped());
  CHECK(source.value()->receive([](auto, auto) {}, now() + 60 * kSecond).value() == 0);
}

TEST_CASE("udp source: what a full buffer costs is counted") {
  Host host;
  UdpSourceOptions options = host.options(1400);
  options.receive_buffer = 4096;
  auto source = UdpSource::open(options);
  REQUIRE(source.ok());
  REQUIRE(source.value()->ping(vectors::generated(1, 4)));
  REQUIRE(host.hear());
  constexpr std::size_t kSent = 200;
  for (std::size_t i = 0; i < kSent; ++i) REQUIRE(host.send_one(vectors::generated(1, 1400)));
  std::size_t got = 0;
  const auto count = [&](auto, auto) { ++got; };
  REQUIRE(source.value()->receive(count, now()).ok());
  // The kernel tells with the next datagram what was lost before it.
  REQUIRE(host.send_one(vectors::generated(1, 10)));
  REQUIRE(source.value()->receive(count, now() + kSecond).ok());
  CHECK(got < kSent);
  CHECK(got + source.value()->counts().overflowed == kSent + 1);
}

TEST_CASE("udp source: nothing is allocated while it receives") {
  Host host;
  auto source = UdpSource::open(host.options(1408));
  REQUIRE(source.ok());
  REQUIRE(source.value()->ping(vectors::generated(1, 4)));
  REQUIRE(host.hear());
  const Bytes datagram = vectors::generated(2, 1408);
  std::size_t got = 0;
  const DatagramSource::OnDatagram count = [&](auto, auto) { ++got; };
  for (int i = 0; i < 50; ++i) REQUIRE(host.send_one(datagram));
  const auto before = test::allocations();
  REQUIRE(source.value()->receive(count, now() + kSecond).ok());
  CHECK(test::allocations() == before);
  CHECK(got == 50);
}

TEST_CASE("udp source: refuses what is no address") {
  CHECK_FALSE(UdpSource::open({.address = "host.example", .port = 1, .largest = 1}).ok());
}
