#include "speedtest/sender.h"

#include <sys/prctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "net/pacer.h"
#include "net/segmentation_check.h"

namespace earthshine {

namespace {

constexpr std::int64_t kDatagramBits = static_cast<std::int64_t>(kSpeedTestDatagramBytes) * 8;
/// At high rates packets leave together, because every wake of the thread costs more than a send.
constexpr Nanoseconds kTick = 250'000, kLongestSleep = 20'000'000;
/// What this machine could not send in time because something else ran is made up for, but not more
/// than this: the burst would be lost on the way.
constexpr Nanoseconds kMostBehind = 10'000'000;
/// Whoever closes a socket answers each packet with a refusal; one may belong to an older socket.
constexpr std::uint64_t kRefusals = 3;
constexpr std::size_t kPingBytes = 20;

/// Packets due after `passed` of a step. Neither product overflows within a test.
std::uint64_t due_after(Nanoseconds passed, std::int64_t kbps) {
  return static_cast<std::uint64_t>(passed * kbps / (kDatagramBits * 1'000'000)) + 1;
}

/// When packet number `index` of a step is due, from the step's beginning.
Nanoseconds due_time(std::uint64_t index, std::int64_t kbps) {
  return static_cast<Nanoseconds>(index) * kDatagramBits * 1'000'000 / kbps;
}

std::uint64_t pack(std::size_t step, std::int64_t kbps) {
  return static_cast<std::uint64_t>(step) << 32 | static_cast<std::uint64_t>(kbps);
}

std::int64_t capped(std::int64_t kbps) {
  return std::clamp<std::int64_t>(kbps, 1, kSpeedTestMostKbps);
}

/// Bytes that no link on the way can pack tighter (xorshift64*).
void fill(std::vector<std::uint8_t>& bytes) {
  std::uint64_t state = 0x9E3779B97F4A7C15;
  for (auto& byte : bytes) {
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    byte = static_cast<std::uint8_t>((state * 0x2545F4914F6CDD1D) >> 56);
  }
}

}  // namespace

const char* speed_test_end_name(SpeedTestEnd end) {
  switch (end) {
    case SpeedTestEnd::kFinished:
      return "finished";
    case SpeedTestEnd::kStopped:
      return "stopped";
    case SpeedTestEnd::kSilent:
      return "silent";
    case SpeedTestEnd::kRefused:
      return "refused";
    default:
      return "failed";
  }
}

SpeedTestSender::SpeedTestSender(const SpeedTestSenderOptions& options,
                                 std::shared_ptr<MediaSocket> socket)
    : options_(options),
      socket_(std::move(socket)),
      sender_(segmentation_works() ? BatchSender::Method::kSegmentation
                                   : BatchSender::Method::kBatch),
      seal_(options.key),
      datagrams_(kRun * kSpeedTestDatagramBytes),
      wanted_(pack(0, capped(options.kbps))) {
  fill(datagrams_);
  sent_.steps.reserve(kSpeedTestSteps);
}

Result<std::unique_ptr<SpeedTestSender>> SpeedTestSender::open(
    const SpeedTestSenderOptions& options) {
  // Unmarked: what is measured is the way that a stream takes by default.
  auto socket =
      MediaSocket::open(options.endpoint, kVideoMarking, false,
                        video_send_buffer(static_cast<int>(kSpeedTestMostKbps), 16'666'667));
  if (!socket) return socket.fault();
  // Unlike a stream, whose life the control stream decides, this one listens to the pings.
  const int unused = 0;
  if (setsockopt(socket.value()->descriptor(), SOL_SOCKET, SO_DETACH_FILTER, &unused,
                 sizeof unused) != 0) {
    return Fault{std::string("The speed test cannot hear its device: ") + std::strerror(errno) +
                 "."};
  }
  return std::unique_ptr<SpeedTestSender>(new SpeedTestSender(options, std::move(socket.value())));
}

bool SpeedTestSender::set_rate(std::int64_t kbps) {
  std::uint64_t before = wanted_.load(std::memory_order_relaxed);
  std::uint64_t after = 0;
  do {
    const auto step = static_cast<std::size_t>(before >> 32) + 1;
    if (step >= kSpeedTestSteps) return false;
    after = pack(step, capped(kbps));
  } while (!wanted_.compare_exchange_weak(before, after, std::memory_order_relaxed));
  return true;
}

bool SpeedTestSender::hear() {
  std::array<std::uint8_t, 64> ping{};
  for (;;) {
    const ssize_t length =
        recv(socket_->descriptor(), ping.data(), ping.size(), MSG_DONTWAIT | MSG_TRUNC);
    if (length < 0) {
      if (errno == ECONNREFUSED) ++refusals_;
      return refusals_ + sender_.counts().errors < kRefusals;
    }
    if (length == kPingBytes &&
        std::equal(options_.ping_payload.begin(), options_.ping_payload.end(), ping.begin())) {
      heard_ = now();
    }
  }
}

void SpeedTestSender::begin_step(Nanoseconds time) {
  if (!sent_.steps.empty()) sent_.steps.back().duration = time - step_begun_;
  const std::uint64_t wanted = wanted_.load(std::memory_order_relaxed);
  const auto number = static_cast<std::size_t>(wanted >> 32);
  // Two changes within one tick: the rate between them was never in use.
  while (sent_.steps.size() < number) {
    sent_.steps.push_back({.kbps = 0, .first = sequence_});
  }
  sent_.steps.push_back(
      {.kbps = static_cast<std::int64_t>(wanted & 0xFFFFFFFF), .first = sequence_});
  step_begun_ = time;
  forgiven_ = 0;
}

bool SpeedTestSender::send(std::size_t count) {
  SpeedTestSentStep& step = sent_.steps.back();
  const auto number = static_cast<std::uint32_t>(sent_.steps.size() - 1);
  const Nanoseconds time = now();
  for (std::size_t i = 0; i < count; ++i) {
    const SpeedTestHeader header{.sequence = sequence_++, .sent = time, .step = number};
    const SpeedTestSeal::Datagram datagram(datagrams_.data() + i * kSpeedTestDatagramBytes,
                                           kSpeedTestDatagramBytes);
    if (!seal_.write(header, datagram)) return false;
  }
  const std::uint64_t sent = sender_.counts().packets;
  sender_.send_equal(*socket_, datagrams_.data(), kSpeedTestDatagramBytes, count);
  step.packets += count;
  step.unsent += count - std::min<std::uint64_t>(count, sender_.counts().packets - sent);
  return true;
}

SpeedTestSent SpeedTestSender::run() {
  prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
  const Nanoseconds begun = now();
  const Nanoseconds end = begun + std::clamp<Nanoseconds>(options_.duration, 0, kSpeedTestLongest);
  heard_ = begun;
  begin_step(begun);
  Nanoseconds time = begun;
  for (; time < end; time = now()) {
    if (stopped_.load(std::memory_order_acquire)) {
      sent_.end = SpeedTestEnd::kStopped;
      break;
    }
    if (!hear()) {
      sent_.end = SpeedTestEnd::kRefused;
      break;
    }
    if (time - heard_ >= kSpeedTestSilence) {
      sent_.end = SpeedTestEnd::kSilent;
      break;
    }
    if (wanted_.load(std::memory_order_relaxed) >> 32 >= sent_.steps.size()) begin_step(time);
    SpeedTestSentStep& step = sent_.steps.back();
    const std::uint64_t due = due_after(time - step_begun_, step.kbps);
    std::uint64_t owed = due - std::min(due, step.packets + forgiven_);
    const std::uint64_t most = std::max<std::uint64_t>(due_after(kMostBehind, step.kbps), kRun);
    if (owed > most) {
      forgiven_ += owed - most;
      owed = most;
    }
    while (owed > 0) {
      const std::size_t count = std::min<std::uint64_t>(owed, kRun);
      if (!send(count)) {
        sent_.end = SpeedTestEnd::kFailed;
        sent_.steps.back().duration = now() - step_begun_;
        sent_.method = sender_.method_name();
        return std::move(sent_);
      }
      owed -= count;
    }
    const Nanoseconds next = step_begun_ + due_time(step.packets + forgiven_, step.kbps);
    // Never so long that a stop or another rate would wait for it.
    sleep_until(std::min({std::max(next, time + kTick), time + kLongestSleep, end}));
  }
  sent_.steps.back().duration = time - step_begun_;
  sent_.method = sender_.method_name();
  return std::move(sent_);
}

}  // namespace earthshine
