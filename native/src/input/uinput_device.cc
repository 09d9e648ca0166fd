#include "input/uinput_device.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "input/pointer_keyboard.h"

namespace earthshine {

namespace {

constexpr const char* kPath = "/dev/uinput";

std::string refusal(int error) {
  if (error == ENOENT || error == ENODEV || error == ENXIO) {
    return "The kernel offers no virtual input devices (/dev/uinput is missing); load them with "
           "\"sudo modprobe uinput\".";
  }
  if (error == EACCES || error == EPERM) {
    return "Earthshine may not open /dev/uinput; install its udev rule "
           "(KERNEL==\"uinput\", SUBSYSTEM==\"misc\", OPTIONS+=\"static_node=uinput\", "
           "TAG+=\"uaccess\") and log in again.";
  }
  return std::string("/dev/uinput cannot be opened: ") + std::strerror(error) + ".";
}

Result<int> open_uinput() {
  const int fd = open(kPath, O_RDWR | O_CLOEXEC);
  if (fd < 0) return Fault{refusal(errno)};
  return fd;
}

bool enable(int fd, unsigned long type_request, int type, unsigned long code_request,
            const std::vector<int>& codes) {
  if (codes.empty()) return true;
  if (type >= 0 && ioctl(fd, type_request, type) < 0) return false;
  return std::all_of(codes.begin(), codes.end(),
                     [&](int code) { return ioctl(fd, code_request, code) >= 0; });
}

bool describe(int fd, const DeviceDescription& description) {
  if (!enable(fd, UI_SET_EVBIT, EV_KEY, UI_SET_KEYBIT, description.keys) ||
      !enable(fd, UI_SET_EVBIT, EV_REL, UI_SET_RELBIT, description.relative) ||
      !enable(fd, UI_SET_EVBIT, EV_FF, UI_SET_FFBIT, description.force_feedback) ||
      !enable(fd, 0, -1, UI_SET_PROPBIT, description.properties) ||
      (description.repeat && ioctl(fd, UI_SET_EVBIT, EV_REP) < 0)) {
    return false;
  }
  if (!description.absolute.empty() && ioctl(fd, UI_SET_EVBIT, EV_ABS) < 0) return false;
  for (const auto& axis : description.absolute) {
    uinput_abs_setup setup{};
    setup.code = static_cast<std::uint16_t>(axis.code);
    setup.absinfo.minimum = axis.minimum;
    setup.absinfo.maximum = axis.maximum;
    setup.absinfo.fuzz = axis.fuzz;
    setup.absinfo.flat = axis.flat;
    setup.absinfo.resolution = axis.resolution;
    if (ioctl(fd, UI_ABS_SETUP, &setup) < 0) return false;
  }
  uinput_setup setup{};
  setup.id = {description.bus, description.vendor, description.product, description.version};
  description.name.copy(setup.name, UINPUT_MAX_NAME_SIZE - 1);
  setup.ff_effects_max = description.force_feedback.empty() ? 0 : 16;
  return ioctl(fd, UI_DEV_SETUP, &setup) >= 0 && ioctl(fd, UI_DEV_CREATE) >= 0;
}

}  // namespace

Result<UinputDevice> UinputDevice::create(const DeviceDescription& description) {
  const auto opened = open_uinput();
  if (!opened) return opened.fault();
  UinputDevice device(opened.value());
  if (!describe(device.fd_, description)) {
    return Fault{"The kernel refuses the virtual device \"" + description.name +
                 "\": " + std::strerror(errno) + "."};
  }
  return device;
}

UinputDevice::UinputDevice(UinputDevice&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), frame_(std::move(other.frame_)) {}

UinputDevice& UinputDevice::operator=(UinputDevice&& other) noexcept {
  close();
  fd_ = std::exchange(other.fd_, -1);
  frame_ = std::move(other.frame_);
  return *this;
}

void UinputDevice::emit(int type, int code, int value) {
  input_event event{};  // the kernel stamps the time
  event.type = static_cast<std::uint16_t>(type);
  event.code = static_cast<std::uint16_t>(code);
  event.value = value;
  frame_.push_back(event);
}

void UinputDevice::send() {
  if (frame_.empty()) return;
  emit(EV_SYN, SYN_REPORT, 0);
  if (fd_ >= 0) {
    // uinput takes whole events and never part of one; a device that fails is shown by its probe.
    [[maybe_unused]] const auto written =
        write(fd_, frame_.data(), frame_.size() * sizeof(input_event));
  }
  frame_.clear();
}

void UinputDevice::close() {
  if (fd_ < 0) return;
  ioctl(fd_, UI_DEV_DESTROY);
  ::close(std::exchange(fd_, -1));
}

std::optional<std::string> uinput_fault() {
  const auto opened = open_uinput();
  if (!opened) return opened.fault().message;
  ::close(opened.value());
  return std::nullopt;
}

}  // namespace earthshine
