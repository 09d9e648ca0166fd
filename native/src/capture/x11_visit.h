#pragma once

#include <memory>
#include <string>

#include "capture/x11_connection.h"

namespace earthshine {

/// A connection to ask an X server by, which stays until this process ends: a server that nobody
/// else is connected to resets itself when the last one leaves, so that looking at it would take
/// away what its owner has set, and refuse whoever comes at that moment.
Result<std::shared_ptr<X11Connection>> visit_x11(const std::string& display);

}  // namespace earthshine
