#pragma once

#include "input/gamepad.h"
#include "input/uinput_device.h"

namespace earthshine {

/// How a kind of pad describes itself to the kernel (protocol 3 §5).
DeviceDescription describe_pad(PadKind kind, const std::string& name);

/// The events that lead from one state to another; nothing when they are the same to this kind.
/// @return false when a pressed button has no counterpart
bool emit_pad(PadKind kind, const PadState& before, const PadState& after, UinputDevice& device);

}  // namespace earthshine
