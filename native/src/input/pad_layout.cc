#include "input/pad_layout.h"

#include <algorithm>
#include <span>

namespace earthshine {

namespace {

struct Mapping {
  std::uint32_t bit;
  int key;
};

/// As the kernel's xpad driver has the Elite pads. GameStream counts paddles as SDL does, from the
/// right to the left, the driver as their maker does, from the top to the bottom.
constexpr Mapping kPaddles[] = {{kPadPaddle1, BTN_TRIGGER_HAPPY5},
                                {kPadPaddle2, BTN_TRIGGER_HAPPY7},
                                {kPadPaddle3, BTN_TRIGGER_HAPPY6},
                                {kPadPaddle4, BTN_TRIGGER_HAPPY8}};

constexpr Mapping kXbox[] = {
    {kPadA, BTN_SOUTH},           {kPadB, BTN_EAST},
    {kPadX, BTN_NORTH},           {kPadY, BTN_WEST},  // as the kernel's xpad driver names them
    {kPadLeftShoulder, BTN_TL},   {kPadRightShoulder, BTN_TR},
    {kPadBack, BTN_SELECT},       {kPadStart, BTN_START},
    {kPadGuide, BTN_MODE},        {kPadLeftStick, BTN_THUMBL},
    {kPadRightStick, BTN_THUMBR}, {kPadMisc, KEY_RECORD}};  // the share button of newer pads

/// By position: the cross is south, the square is west, as hid-playstation has it.
constexpr Mapping kPlaystation[] = {
    {kPadA, BTN_SOUTH},          {kPadB, BTN_EAST},           {kPadX, BTN_WEST},
    {kPadY, BTN_NORTH},          {kPadLeftShoulder, BTN_TL},  {kPadRightShoulder, BTN_TR},
    {kPadBack, BTN_SELECT},      {kPadStart, BTN_START},      {kPadGuide, BTN_MODE},
    {kPadLeftStick, BTN_THUMBL}, {kPadRightStick, BTN_THUMBR}};

/// By label: this maker's A lies east.
constexpr Mapping kNintendo[] = {
    {kPadA, BTN_EAST},           {kPadB, BTN_SOUTH},           {kPadX, BTN_NORTH},
    {kPadY, BTN_WEST},           {kPadLeftShoulder, BTN_TL},   {kPadRightShoulder, BTN_TR},
    {kPadBack, BTN_SELECT},      {kPadStart, BTN_START},       {kPadGuide, BTN_MODE},
    {kPadLeftStick, BTN_THUMBL}, {kPadRightStick, BTN_THUMBR}, {kPadMisc, BTN_Z}};

std::span<const Mapping> mappings(PadKind kind) {
  switch (kind) {
    case PadKind::kPlaystation:
      return kPlaystation;
    case PadKind::kNintendo:
      return kNintendo;
    default:
      return kXbox;
  }
}

constexpr std::uint32_t kDirections = kPadUp | kPadDown | kPadLeft | kPadRight;

bool digital_triggers(PadKind kind) {
  return kind != PadKind::kXbox;
}
bool analog_triggers(PadKind kind) {
  return kind != PadKind::kNintendo;
}

/// From where on a trigger that is a key counts as pressed, of 255.
constexpr int kTriggerPressed = 0x40;

/// A stick's value on the kind's axis.
int stick(PadKind kind, int value) {
  return kind == PadKind::kPlaystation ? (value + 32'768) >> 8 : value;
}

/// evdev counts down as positive; the lowest value has no counterpart (protocol 3 §5).
int negated(std::int16_t value) {
  return std::min(-static_cast<int>(value), 32'767);
}

int axis_of(std::uint32_t buttons, std::uint32_t negative, std::uint32_t positive) {
  return ((buttons & positive) != 0 ? 1 : 0) - ((buttons & negative) != 0 ? 1 : 0);
}

}  // namespace

DeviceDescription describe_pad(PadKind kind, const std::string& name) {
  DeviceDescription description{
      .name = name, .bus = BUS_USB, .force_feedback = {FF_RUMBLE, FF_GAIN}};
  for (const auto& mapping : mappings(kind)) description.keys.push_back(mapping.key);
  for (const auto& mapping : kPaddles) description.keys.push_back(mapping.key);
  if (digital_triggers(kind)) {
    description.keys.push_back(BTN_TL2);
    description.keys.push_back(BTN_TR2);
  }
  const bool narrow = kind == PadKind::kPlaystation;
  for (const int code : {ABS_X, ABS_Y, ABS_RX, ABS_RY}) {
    description.absolute.push_back({.code = code,
                                    .minimum = narrow ? 0 : -32'768,
                                    .maximum = narrow ? 255 : 32'767,
                                    .fuzz = narrow ? 0 : 16,
                                    .flat = narrow ? 0 : 128});
  }
  if (analog_triggers(kind)) {
    description.absolute.push_back({.code = ABS_Z, .minimum = 0, .maximum = 255});
    description.absolute.push_back({.code = ABS_RZ, .minimum = 0, .maximum = 255});
  }
  for (const int code : {ABS_HAT0X, ABS_HAT0Y}) {
    description.absolute.push_back({.code = code, .minimum = -1, .maximum = 1});
  }
  switch (kind) {
    case PadKind::kPlaystation:
      description.vendor = 0x054C;
      description.product = 0x0CE6;
      description.version = 0x8111;
      break;
    case PadKind::kNintendo:
      description.vendor = 0x057E;
      description.product = 0x2009;
      description.version = 0x8111;
      break;
    default:
      description.vendor = 0x045E;
      description.product = 0x02EA;
      description.version = 0x0408;
      break;
  }
  return description;
}

bool emit_pad(PadKind kind, const PadState& before, const PadState& after, UinputDevice& device) {
  std::uint32_t passed_on = kDirections;
  for (const auto& list : {mappings(kind), std::span<const Mapping>(kPaddles)}) {
    for (const auto& mapping : list) {
      passed_on |= mapping.bit;
      if (((before.buttons ^ after.buttons) & mapping.bit) == 0) continue;
      device.emit(EV_KEY, mapping.key, (after.buttons & mapping.bit) != 0 ? 1 : 0);
    }
  }
  const auto change = [&](int type, int code, int old_value, int new_value) {
    if (old_value != new_value) device.emit(type, code, new_value);
  };
  if (digital_triggers(kind)) {
    const auto pressed = [](int value) { return value >= kTriggerPressed ? 1 : 0; };
    change(EV_KEY, BTN_TL2, pressed(before.left_trigger), pressed(after.left_trigger));
    change(EV_KEY, BTN_TR2, pressed(before.right_trigger), pressed(after.right_trigger));
  }
  if (analog_triggers(kind)) {
    change(EV_ABS, ABS_Z, before.left_trigger, after.left_trigger);
    change(EV_ABS, ABS_RZ, before.right_trigger, after.right_trigger);
  }
  const auto move = [&](int code, int old_value, int new_value) {
    change(EV_ABS, code, stick(kind, old_value), stick(kind, new_value));
  };
  move(ABS_X, before.left_x, after.left_x);
  move(ABS_Y, negated(before.left_y), negated(after.left_y));
  move(ABS_RX, before.right_x, after.right_x);
  move(ABS_RY, negated(before.right_y), negated(after.right_y));
  const auto hat = [&](int code, std::uint32_t negative, std::uint32_t positive) {
    change(EV_ABS, code, axis_of(before.buttons, negative, positive),
           axis_of(after.buttons, negative, positive));
  };
  hat(ABS_HAT0X, kPadLeft, kPadRight);
  hat(ABS_HAT0Y, kPadUp, kPadDown);
  return (after.buttons & ~passed_on) == 0;
}

}  // namespace earthshine
