#include "input/uinput_pen.h"

#include <algorithm>
#include <array>
#include <utility>

#include "input/pen_angles.h"
#include "input/uinput_touch.h"

namespace earthshine {

namespace {

constexpr int kPenPressure = 4'095;
constexpr int kDistance = 1'024;
/// libinput ignores a tablet without resolutions: 100 units a millimetre, 57 a radian.
constexpr int kPerMillimetre = 100;
constexpr int kPerRadian = 57;
constexpr std::array kButtons{BTN_STYLUS, BTN_STYLUS2, BTN_STYLUS3};

DeviceDescription tablet(const std::string& name) {
  const auto axis = [](int code, int maximum, int resolution) {
    return AbsoluteAxis{.code = code, .minimum = 0, .maximum = maximum, .resolution = resolution};
  };
  const auto angle = [](int code) {
    return AbsoluteAxis{.code = code, .minimum = -90, .maximum = 90, .resolution = kPerRadian};
  };
  return {
      .name = name + " pen",
      .product = 5,
      .keys = {BTN_TOOL_PEN, BTN_TOOL_RUBBER, BTN_TOUCH, BTN_STYLUS, BTN_STYLUS2, BTN_STYLUS3},
      .properties = {INPUT_PROP_DIRECT},
      .absolute = {axis(ABS_X, kPositionRange, kPerMillimetre),
                   axis(ABS_Y, kPositionRange, kPerMillimetre), axis(ABS_PRESSURE, kPenPressure, 0),
                   axis(ABS_DISTANCE, kDistance, 0), angle(ABS_TILT_X), angle(ABS_TILT_Y)}};
}

}  // namespace

std::optional<UinputPen> UinputPen::create(const std::string& name) {
  auto device = UinputDevice::create(tablet(name));
  if (!device) return std::nullopt;
  return UinputPen(std::move(device.value()));
}

UinputPen::~UinputPen() {
  if (device_.fd() < 0) return;
  buttons(0);
  tool(0);
  device_.send();
}

bool UinputPen::handle(const PenEvent& event) {
  using Kind = PenEvent::Kind;
  if (event.kind == Kind::kCancel || event.kind == Kind::kHoverLeave) {
    buttons(0);
    tool(0);
    device_.send();
    return true;
  }
  if (event.kind != Kind::kButton) {
    const int wanted = event.tool == PenEvent::Tool::kEraser ? BTN_TOOL_RUBBER : BTN_TOOL_PEN;
    if (tool_ != wanted) tool(0);
    place(event);
    tool(wanted);
    touch(event.kind == Kind::kDown || (event.kind == Kind::kMove && touching_));
  }
  buttons(event.buttons);
  device_.send();
  return true;
}

/// A tool leaves in a frame of its own before another one comes.
void UinputPen::tool(int code) {
  if (tool_ == code) return;
  if (tool_ != 0) {
    touch(false);
    device_.emit(EV_KEY, tool_, 0);
    device_.send();
  }
  if (code != 0) device_.emit(EV_KEY, code, 1);
  tool_ = code;
}

void UinputPen::touch(bool touching) {
  if (std::exchange(touching_, touching) == touching) return;
  device_.emit(EV_KEY, BTN_TOUCH, touching ? 1 : 0);
  if (!touching) device_.emit(EV_ABS, ABS_PRESSURE, 0);
}

void UinputPen::buttons(std::uint32_t held) {
  const std::uint32_t changed = std::exchange(buttons_, held) ^ held;
  for (std::size_t index = 0; index < kButtons.size(); ++index) {
    if ((changed >> index & 1) != 0) {
      device_.emit(EV_KEY, kButtons[index], static_cast<int>(held >> index & 1));
    }
  }
}

void UinputPen::place(const PenEvent& event) {
  using Kind = PenEvent::Kind;
  device_.emit(EV_ABS, ABS_X, axis_position(event.x, kPositionRange));
  device_.emit(EV_ABS, ABS_Y, axis_position(event.y, kPositionRange));
  if (event.kind == Kind::kDown || (event.kind == Kind::kMove && touching_)) {
    // Unknown pressure is a firm stroke.
    const int pressure = event.pressure > 0
                             ? std::max(1, axis_position(event.pressure, kPenPressure))
                             : kPenPressure / 2;
    device_.emit(EV_ABS, ABS_PRESSURE, pressure);
    device_.emit(EV_ABS, ABS_DISTANCE, 0);
  } else if (event.kind == Kind::kHover) {
    device_.emit(EV_ABS, ABS_DISTANCE, std::max(1, axis_position(event.pressure, kDistance)));
  }
  if (event.tilt) {
    const auto tilt = pen_tilt(*event.tilt, event.rotation.value_or(0));
    device_.emit(EV_ABS, ABS_TILT_X, tilt.x);
    device_.emit(EV_ABS, ABS_TILT_Y, tilt.y);
  }
}

}  // namespace earthshine
