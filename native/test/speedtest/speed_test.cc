#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <future>
#include <string>
#include <thread>

#include "speedtest/receiver.h"
#include "speedtest/sender.h"
#include "support/loopback.h"

using namespace earthshine;
using namespace std::chrono_literals;
using test::LoopbackClient;

namespace {

constexpr std::array<std::uint8_t, 16> kKey{4, 7, 1, 1};
constexpr std::array<std::uint8_t, 16> kPayload{'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h',
                                                'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p'};

/// The control process's socket on the video port: shares it and learns where a ping comes from.
class Listener {
 public:
  Listener() : descriptor_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    const int on = 1;
    setsockopt(descriptor_, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(bind(descriptor_, reinterpret_cast<sockaddr*>(&any), sizeof any) == 0);
  }
  ~Listener() { ::close(descriptor_); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  [[nodiscard]] std::uint16_t port() const { return LoopbackClient::port_of(descriptor_); }
  [[nodiscard]] std::uint16_t ping() const {
    std::array<char, 64> bytes{};
    sockaddr_in from{};
    socklen_t length = sizeof from;
    REQUIRE(recvfrom(descriptor_, bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&from),
                     &length) == 20);
    REQUIRE(std::equal(kPayload.begin(), kPayload.end(), bytes.begin()));
    return ntohs(from.sin_port);
  }

 private:
  int descriptor_;
};

struct Test {
  Listener listener;
  std::unique_ptr<SpeedTestReceiver> receiver;
  std::unique_ptr<SpeedTestSender> sender;

  explicit Test(std::int64_t kbps, Nanoseconds duration = kSpeedTestLongest) {
    auto opened = SpeedTestReceiver::open(
        {.address = "127.0.0.1", .port = listener.port(), .key = kKey, .ping_payload = kPayload});
    REQUIRE(opened.ok());
    receiver = std::move(opened.value());
    auto sending = SpeedTestSender::open({.endpoint = {.address = "127.0.0.1",
                                                       .port = listener.ping(),
                                                       .local_address = "127.0.0.1",
                                                       .local_port = listener.port()},
                                          .key = kKey,
                                          .ping_payload = kPayload,
                                          .kbps = kbps,
                                          .duration = duration});
    REQUIRE(sending.ok());
    sender = std::move(sending.value());
  }
  std::future<SpeedTestSent> start() {
    return std::async(std::launch::async, [this] { return sender->run(); });
  }
};

std::uint64_t packets_of(const SpeedTestSent& sent) {
  std::uint64_t packets = 0;
  for (const auto& step : sent.steps) packets += step.packets - step.unsent;
  return packets;
}

}  // namespace

TEST_CASE("speed test: everything that is sent at each rate is counted at the other end") {
  Test test(20'000, 600'000'000);
  auto running = test.start();
  std::this_thread::sleep_for(300ms);
  REQUIRE(test.sender->set_rate(60'000));
  const SpeedTestSent sent = running.get();
  CHECK(sent.end == SpeedTestEnd::kFinished);
  REQUIRE(sent.steps.size() == 2);
  CHECK(sent.steps[0].kbps == 20'000);
  CHECK(sent.steps[1].kbps == 60'000);
  CHECK(sent.steps[1].first == sent.steps[0].packets);
  // The rate is never exceeded, by more than its first packet.
  for (const auto& step : sent.steps) {
    const double due = static_cast<double>(step.duration) * 1e-9 * static_cast<double>(step.kbps) *
                       1000 / (8 * kSpeedTestDatagramBytes);
    CHECK(static_cast<double>(step.packets) <= due + 1);
    CHECK(step.packets > 0);
  }
  std::this_thread::sleep_for(60ms);
  test.receiver->close();
  const auto got = test.receiver->snapshot();
  CHECK(got.fault.empty());
  CHECK(got.figures.foreign == 0);
  CHECK(got.figures.steps == 2);
  // A loaded machine may lose some on loopback, too; none may be counted twice.
  CHECK(got.figures.packets + got.counts.overflowed == packets_of(sent));
  CHECK(got.figures.step[1].first >= sent.steps[1].first);
  CHECK(got.figures.duplicates + got.figures.reordered == 0);
}

TEST_CASE("speed test: ends at once when it is stopped") {
  Test test(10'000);
  auto running = test.start();
  std::this_thread::sleep_for(50ms);
  test.sender->stop();
  REQUIRE(running.wait_for(2s) == std::future_status::ready);
  CHECK(running.get().end == SpeedTestEnd::kStopped);
}

TEST_CASE("speed test: a device that is gone gets nothing more") {
  Test test(10'000);
  auto running = test.start();
  std::this_thread::sleep_for(50ms);
  // Its machine refuses what comes to a closed socket.
  test.receiver->close();
  test.receiver.reset();
  REQUIRE(running.wait_for(2s) == std::future_status::ready);
  CHECK(running.get().end == SpeedTestEnd::kRefused);
}

TEST_CASE("speed test: a device that pings with another payload, or not at all, is left alone") {
  Listener listener;
  LoopbackClient client;
  auto opened = SpeedTestSender::open({.endpoint = client.endpoint(listener.port()),
                                       .key = kKey,
                                       .ping_payload = kPayload,
                                       .kbps = 1'000});
  REQUIRE(opened.ok());
  const Nanoseconds begun = now();
  auto running = std::async(std::launch::async, [&] { return opened.value()->run(); });
  for (int i = 0; i < 20 && running.wait_for(100ms) != std::future_status::ready; ++i) {
    client.send_to(listener.port(), "abcdefghijklmnoq0000");
    client.send_to(listener.port(), "abcdefghijklmnop");
    client.send_to(listener.port(), "PING");
  }
  CHECK(running.get().end == SpeedTestEnd::kSilent);
  CHECK(now() - begun >= kSpeedTestSilence);
}

TEST_CASE("speed test: no rate above the cap, no more steps than a datagram can name") {
  Test test(kSpeedTestMostKbps * 4, 20'000'000);
  for (std::size_t step = 1; step < kSpeedTestSteps; ++step) {
    REQUIRE(test.sender->set_rate(kSpeedTestMostKbps + 1));
  }
  CHECK_FALSE(test.sender->set_rate(1000));
  const SpeedTestSent sent = test.start().get();
  CHECK(sent.end == SpeedTestEnd::kFinished);
  REQUIRE(sent.steps.size() == kSpeedTestSteps);
  CHECK(sent.steps.back().kbps == kSpeedTestMostKbps);
  // 20 ms at the cap are 5327 packets.
  CHECK(packets_of(sent) <= 5'700);
}
