#pragma once

#include <systemd/sd-bus.h>

#include <string>

#include "base/result.h"
#include "dbus/bus_value.h"

namespace earthshine {

/// Appends `values` as `signature` tells. A fault when they do not fit it.
Result<std::monostate> append_values(sd_bus_message* message, const std::string& signature,
                                     const BusList& values);

/// Everything that a message holds, its descriptors duplicated.
Result<BusList> read_values(sd_bus_message* message);

}  // namespace earthshine
