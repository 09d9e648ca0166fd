#pragma once

#include <string>

#include "base/result.h"

namespace earthshine {

/// Turns the monitors of an X server on, ends its screen saver, and begins its idle time anew, as a
/// key would. Waits for the server.
Result<bool> wake_x11(const std::string& display);

}  // namespace earthshine
