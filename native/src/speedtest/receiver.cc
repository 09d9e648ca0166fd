#include "speedtest/receiver.h"

#include <cstring>
#include <system_error>
#include <utility>

#include "packet/byte_order.h"

namespace earthshine {

namespace {

/// Six in a row may be lost before the host gives up.
constexpr Nanoseconds kPingInterval = 250'000'000;
constexpr Nanoseconds kPublishInterval = 20'000'000;

}  // namespace

SpeedTestReceiver::SpeedTestReceiver(const SpeedTestReceiverOptions& options,
                                     std::unique_ptr<UdpSource> source)
    : options_(options), source_(std::move(source)), seal_(options.key) {}

Result<std::unique_ptr<SpeedTestReceiver>> SpeedTestReceiver::open(
    const SpeedTestReceiverOptions& options) {
  auto source = UdpSource::open(
      {.address = options.address, .port = options.port, .largest = kSpeedTestDatagramBytes});
  if (!source) return source.fault();
  std::unique_ptr<SpeedTestReceiver> receiver(
      new SpeedTestReceiver(options, std::move(source.value())));
  receiver->publish({});
  try {
    receiver->thread_ = std::thread([it = receiver.get()] { it->run(); });
  } catch (const std::system_error&) {
    return Fault{"A thread could not be started; this machine has too many."};
  }
  return receiver;
}

SpeedTestReceiver::~SpeedTestReceiver() {
  close();
}

void SpeedTestReceiver::close() {
  const std::lock_guard guard(closing_);
  source_->stop();
  if (thread_.joinable()) thread_.join();
}

void SpeedTestReceiver::publish(std::string fault) {
  const std::lock_guard guard(published_access_);
  published_.figures = meter_.figures();
  published_.counts = source_->counts();
  published_.receive_buffer = source_->receive_buffer();
  published_.coalescing = source_->coalescing();
  published_.fault = std::move(fault);
}

SpeedTestReceiver::Snapshot SpeedTestReceiver::snapshot() const {
  const std::lock_guard guard(published_access_);
  return published_;
}

void SpeedTestReceiver::run() {
  std::array<std::uint8_t, 20> ping{};
  std::memcpy(ping.data(), options_.ping_payload.data(), options_.ping_payload.size());
  std::uint32_t pings = 0;
  Nanoseconds ping_at = now(), publish_at = ping_at;
  const DatagramSource::OnDatagram count = [this](std::span<std::uint8_t> datagram,
                                                  Nanoseconds arrived) {
    const auto header = seal_.read(datagram);
    if (header) {
      meter_.add(*header, arrived);
    } else {
      meter_.add_foreign();
    }
  };
  while (!source_->stopped()) {
    Nanoseconds time = now();
    if (time >= ping_at) {
      put32be(ping.data() + 16, ++pings);
      source_->ping(ping);
      ping_at = time + kPingInterval;
    }
    const auto received = source_->receive(count, std::min(ping_at, publish_at));
    if (!received) {
      publish(received.fault().message);
      return;
    }
    time = now();
    if (time >= publish_at) {
      publish({});
      publish_at = time + kPublishInterval;
    }
  }
  publish({});
}

}  // namespace earthshine
