#include "input/uinput_touch.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "input/pen_angles.h"

namespace earthshine {

namespace {

constexpr int kTouchPressure = 255;
/// What a finger presses when the client does not know.
constexpr int kUsualPressure = 128;
constexpr int kSlots = static_cast<int>(TouchSlots::kCount);

DeviceDescription touch_screen(const std::string& name) {
  return {.name = name + " touch screen",
          .product = 4,
          .keys = {BTN_TOUCH},
          .properties = {INPUT_PROP_DIRECT},
          .absolute = {{.code = ABS_X, .minimum = 0, .maximum = kPositionRange},
                       {.code = ABS_Y, .minimum = 0, .maximum = kPositionRange},
                       {.code = ABS_MT_SLOT, .minimum = 0, .maximum = kSlots - 1},
                       {.code = ABS_MT_TRACKING_ID, .minimum = 0, .maximum = 65'535},
                       {.code = ABS_MT_POSITION_X, .minimum = 0, .maximum = kPositionRange},
                       {.code = ABS_MT_POSITION_Y, .minimum = 0, .maximum = kPositionRange},
                       {.code = ABS_MT_PRESSURE, .minimum = 0, .maximum = kTouchPressure},
                       {.code = ABS_MT_TOUCH_MAJOR, .minimum = 0, .maximum = kPositionRange},
                       {.code = ABS_MT_TOUCH_MINOR, .minimum = 0, .maximum = kPositionRange},
                       {.code = ABS_MT_ORIENTATION, .minimum = -90, .maximum = 90}}};
}

}  // namespace

int axis_position(double at, int maximum) {
  return static_cast<int>(std::lround(std::clamp(at, 0.0, 1.0) * maximum));
}

std::optional<UinputTouch> UinputTouch::create(const std::string& name) {
  auto device = UinputDevice::create(touch_screen(name));
  if (!device) return std::nullopt;
  return UinputTouch(std::move(device.value()));
}

UinputTouch::~UinputTouch() {
  if (device_.fd() >= 0) lift_all();
}

bool UinputTouch::handle(const TouchEvent& event) {
  using Kind = TouchEvent::Kind;
  if (event.kind == Kind::kCancelAll) {
    lift_all();
    return true;
  }
  auto slot = slots_.find(event.pointer_id);
  switch (event.kind) {
    case Kind::kDown:
      if (!slot) {
        slot = slots_.take(event.pointer_id);
        if (!slot) return false;
        device_.emit(EV_ABS, ABS_MT_SLOT, *slot);
        device_.emit(EV_ABS, ABS_MT_TRACKING_ID, next_tracking_id_);
        next_tracking_id_ = (next_tracking_id_ + 1) & 0xFFFF;
      }
      place(*slot, event);
      break;
    case Kind::kMove:
      if (!slot) return true;
      place(*slot, event);
      break;
    case Kind::kUp:
    case Kind::kCancel:
    case Kind::kHoverLeave:
      if (slot) lift(*slot);
      break;
    default:  // a touch screen of the kernel feels no finger above it
      return true;
  }
  finish();
  return true;
}

void UinputTouch::place(int slot, const TouchEvent& event) {
  const int x = axis_position(event.x, kPositionRange);
  const int y = axis_position(event.y, kPositionRange);
  device_.emit(EV_ABS, ABS_MT_SLOT, slot);
  device_.emit(EV_ABS, ABS_MT_POSITION_X, x);
  device_.emit(EV_ABS, ABS_MT_POSITION_Y, y);
  device_.emit(EV_ABS, ABS_MT_PRESSURE,
               event.pressure > 0 ? std::max(1, axis_position(event.pressure, kTouchPressure))
                                  : kUsualPressure);
  if (event.major > 0) {
    device_.emit(EV_ABS, ABS_MT_TOUCH_MAJOR, axis_position(event.major, kPositionRange));
    device_.emit(EV_ABS, ABS_MT_TOUCH_MINOR,
                 axis_position(event.minor > 0 ? event.minor : event.major, kPositionRange));
  }
  if (event.rotation) {
    device_.emit(EV_ABS, ABS_MT_ORIENTATION, touch_orientation(*event.rotation));
  }
  if (leader_ < 0 || !slots_.taken(leader_)) leader_ = slot;
  if (leader_ == slot) {
    device_.emit(EV_ABS, ABS_X, x);
    device_.emit(EV_ABS, ABS_Y, y);
  }
}

void UinputTouch::lift(int slot) {
  device_.emit(EV_ABS, ABS_MT_SLOT, slot);
  device_.emit(EV_ABS, ABS_MT_TRACKING_ID, -1);
  slots_.release(slot);
}

void UinputTouch::lift_all() {
  for (int slot = 0; slot < kSlots; ++slot) {
    if (slots_.taken(slot)) lift(slot);
  }
  finish();
}

void UinputTouch::finish() {
  const bool touching = slots_.held() > 0;
  if (touching != std::exchange(touching_, touching)) {
    device_.emit(EV_KEY, BTN_TOUCH, touching ? 1 : 0);
  }
  device_.send();
}

}  // namespace earthshine
