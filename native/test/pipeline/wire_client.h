#pragma once

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "net/endpoint.h"

namespace earthshine::test {

/// Reads bits of an H.264 unit, most significant first; emulation prevention bytes are skipped.
class BitReader {
 public:
  BitReader(const std::uint8_t* data, std::size_t size) {
    for (std::size_t i = 0; i < size && i < 64; ++i) {
      if (i > 2 && data[i] == 3 && data[i - 1] == 0 && data[i - 2] == 0) continue;
      bytes_.push_back(data[i]);
    }
  }
  std::uint32_t bits(int count) {
    std::uint32_t value = 0;
    for (int i = 0; i < count; ++i, ++at_) {
      const std::uint8_t byte = at_ / 8 < bytes_.size() ? bytes_[at_ / 8] : 0;
      value = value << 1 | (byte >> (7 - at_ % 8) & 1U);
    }
    return value;
  }
  std::uint32_t golomb() {
    int zeros = 0;
    while (zeros < 31 && bits(1) == 0) ++zeros;
    return (1U << zeros) - 1 + bits(zeros);
  }

 private:
  std::vector<std::uint8_t> bytes_;
  std::size_t at_ = 0;
};

/// A client on loopback that watches the starts of frames on a thread of its own, and notes what no
/// client may ever see: a first frame that is no IDR, a gap between frame indices, frames of
/// another encoder without an IDR before them (their frame_num does not go on), a type that is
/// none. For streams that are not sealed, with every packet arriving.
class WireClient {
 public:
  WireClient() : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    const int bytes = 4 << 20;
    setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    socklen_t length = sizeof address;
    getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &length);
    endpoint_ = {"127.0.0.1", ntohs(address.sin_port), "127.0.0.1", 0};
    thread_ = std::thread([this] { run(); });
  }
  ~WireClient() { close(); }
  WireClient(const WireClient&) = delete;
  WireClient& operator=(const WireClient&) = delete;

  [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }
  [[nodiscard]] std::uint32_t last_frame() const { return last_frame_; }
  [[nodiscard]] int frames() const { return frames_; }
  [[nodiscard]] int keyframes() const { return keyframes_; }
  [[nodiscard]] int after_invalidation() const { return after_invalidation_; }
  /// What was wrong first, empty if nothing was.
  std::string fault() {
    const std::lock_guard lock(mutex_);
    return fault_;
  }
  void close() {
    closing_ = true;
    if (thread_.joinable()) thread_.join();
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
  }

 private:
  void wrong(const std::string& what, std::uint32_t frame) {
    const std::lock_guard lock(mutex_);
    if (fault_.empty()) fault_ = what + " at frame " + std::to_string(frame);
  }

  void run() {
    std::vector<std::uint8_t> packet(2048);
    while (!closing_) {
      pollfd watched{socket_, POLLIN, 0};
      if (::poll(&watched, 1, 20) <= 0) continue;
      const ssize_t size = recv(socket_, packet.data(), packet.size(), 0);
      if (size < 48) continue;
      const bool start = (packet[24] & 0x04) != 0 && (packet[27] & 0x30) == 0;
      const std::uint32_t shard = (packet[29] | packet[30] << 8) >> 4 & 0x3FF;
      if (!start || shard != 0) continue;
      const std::uint32_t frame = packet[20] | packet[21] << 8 | packet[22] << 16;
      see(frame, packet[35], packet.data() + 40, static_cast<std::size_t>(size) - 40);
    }
  }

  void see(std::uint32_t frame, int type, const std::uint8_t* unit, std::size_t size) {
    if (frames_ == 0 && type != 2) wrong("no IDR first", frame);
    if (frame != last_frame_ + 1) {
      wrong("a gap after " + std::to_string(last_frame_.load()), frame);
    }
    if (type != 1 && type != 2 && type != 5) wrong("type " + std::to_string(type), frame);
    keyframes_ += type == 2 ? 1 : 0;
    after_invalidation_ += type == 5 ? 1 : 0;
    last_frame_ = frame;
    ++frames_;
    follow_numbers(frame, type, unit, size);
  }

  /// ITU-T H.264 §7.3: the sequence parameter set says how long frame_num is, each slice has one.
  void follow_numbers(std::uint32_t frame, int type, const std::uint8_t* unit, std::size_t size) {
    for (std::size_t i = 0; i + 8 < size; ++i) {
      if (unit[i] != 0 || unit[i + 1] != 0 || unit[i + 2] != 1) continue;
      const int kind = unit[i + 3] & 0x1F;
      BitReader reader(unit + i + 4, size - i - 4);
      if (kind == 7) {
        const std::uint32_t profile = reader.bits(8);
        reader.bits(16);
        reader.golomb();
        if (profile >= 100) {
          const std::uint32_t chroma = reader.golomb();
          if (chroma == 3) reader.bits(1);
          reader.golomb();
          reader.golomb();
          reader.bits(2);
        }
        number_bits_ = static_cast<int>(reader.golomb()) + 4;
      } else if (kind == 1 || kind == 5) {
        reader.golomb();
        reader.golomb();
        reader.golomb();
        const std::uint32_t number = reader.bits(number_bits_);
        if ((kind == 5) != (type == 2)) wrong("a type that the slice contradicts", frame);
        // What the sender's queue dropped leaves a hole, which a frame of type 5 or an IDR follows.
        if (type == 1 && number != (number_ + 1) % (1U << number_bits_)) {
          wrong("frame_num " + std::to_string(number) + " after " + std::to_string(number_), frame);
        }
        number_ = number;
        return;
      }
    }
    wrong("no slice in the first packet", frame);
  }

  int socket_;
  Endpoint endpoint_;
  std::atomic<std::uint32_t> last_frame_ = 0;
  std::atomic<int> frames_ = 0, keyframes_ = 0, after_invalidation_ = 0;
  int number_bits_ = 4;
  std::uint32_t number_ = 0;
  std::mutex mutex_;
  std::string fault_;
  std::atomic<bool> closing_ = false;
  std::thread thread_;
};

}  // namespace earthshine::test
