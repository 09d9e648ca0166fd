#pragma once

#include <array>
#include <span>
#include <vector>

#include "base/result.h"

namespace earthshine {

/// At most so many descriptors go together.
inline constexpr std::size_t kMostDescriptors = 8;

/// Two connected sockets over which descriptors go from one process to another, closed on exec: who
/// starts the other process gives one of them to it.
Result<std::array<int, 2>> descriptor_sockets();

/// Sends 1 to kMostDescriptors descriptors as one message. They stay open here. Waits for nobody: a
/// receiver that does not take them for long is a fault.
Result<bool> send_descriptors(int socket, std::span<const int> descriptors);

/// The descriptors of the next message, closed on exec; it must have been sent by now.
Result<std::vector<int>> receive_descriptors(int socket);

}  // namespace earthshine
