#pragma once

#include <linux/input.h>
#include <linux/uinput.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace earthshine {

/// One absolute axis as the kernel wants it.
struct AbsoluteAxis {
  int code;
  int minimum, maximum;
  int fuzz = 0, flat = 0;
  /// units per millimetre, for angles per radian
  int resolution = 0;
};

/// What a virtual device can do and how it names itself.
struct DeviceDescription {
  std::string name;
  std::uint16_t vendor = 0;  // a virtual device has no maker
  std::uint16_t product = 1;
  std::uint16_t version = 1;
  std::uint16_t bus = BUS_VIRTUAL;
  std::vector<int> keys{}, relative{}, properties{}, force_feedback{};
  std::vector<AbsoluteAxis> absolute{};
  /// the kernel repeats held keys, for programs that leave that to it
  bool repeat = false;
};

/// A device made through /dev/uinput. It disappears with the object, and with the process.
class UinputDevice {
 public:
  static Result<UinputDevice> create(const DeviceDescription& description);
  /// Takes a descriptor that reads what a device would: tests give a pipe.
  static UinputDevice adopt(int fd) { return UinputDevice(fd); }

  UinputDevice(UinputDevice&& other) noexcept;
  UinputDevice& operator=(UinputDevice&& other) noexcept;
  ~UinputDevice() { close(); }

  /// Notes an event of the present frame.
  void emit(int type, int code, int value);
  /// Hands the frame to the kernel in one write, with its end; nothing when it is empty.
  void send();
  void close();
  [[nodiscard]] int fd() const { return fd_; }

 private:
  explicit UinputDevice(int fd) : fd_(fd) { frame_.reserve(32); }

  int fd_ = -1;
  std::vector<input_event> frame_;
};

}  // namespace earthshine
