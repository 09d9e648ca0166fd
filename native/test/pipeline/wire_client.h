#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "net/endpoint.h"
#include "pipeline/frame_start.h"
#include "support/loopback.h"

namespace earthshine::test {

/// Reads bits of an H.264 unit, most significant first; emulation prevention bytes are skipped.
class BitReader {
 public:
  explicit BitReader(std::span<const std::uint8_t> data) {
    for (std::size_t i = 0; i < data.size() && i < 64; ++i) {
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
  WireClient() : endpoint_(socket_.emplace().endpoint()), thread_([this] { run(); }) {}
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
    socket_.reset();
  }

 private:
  void wrong(const std::string& what, std::uint32_t frame) {
    const std::lock_guard lock(mutex_);
    if (fault_.empty()) fault_ = what + " at frame " + std::to_string(frame);
  }

  void run() {
    while (!closing_) {
      const auto packet = socket_->receive(20);
      const auto start = packet ? frame_start(*packet) : std::nullopt;
      if (start) see(*start);
    }
  }

  void see(const FrameStart& start) {
    const auto [frame, type, latency, unit] = start;
    if (frames_ == 0 && type != 2) wrong("no IDR first", frame);
    if (frame != last_frame_ + 1) {
      wrong("a gap after " + std::to_string(last_frame_.load()), frame);
    }
    if (type != 1 && type != 2 && type != 5) wrong("type " + std::to_string(type), frame);
    keyframes_ += type == 2 ? 1 : 0;
    after_invalidation_ += type == 5 ? 1 : 0;
    last_frame_ = frame;
    ++frames_;
    follow_numbers(frame, type, unit);
  }

  /// ITU-T H.264 §7.3: the sequence parameter set says how long frame_num is, each slice has one.
  void follow_numbers(std::uint32_t frame, int type, std::span<const std::uint8_t> unit) {
    for (std::size_t i = 0; i + 8 < unit.size(); ++i) {
      if (unit[i] != 0 || unit[i + 1] != 0 || unit[i + 2] != 1) continue;
      const int kind = unit[i + 3] & 0x1F;
      BitReader reader(unit.subspan(i + 4));
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

  std::optional<LoopbackClient> socket_;
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
