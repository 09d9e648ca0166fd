#pragma once

#include "input/xtest_server.h"

namespace earthshine {

/// Releases what processes that are gone left held on this server, and takes their characters off
/// its free key codes.
void release_left_input(const XTestServer& server);

/// The same for every X server that such a process was connected to. Waits for each of them.
void release_all_left_input();

}  // namespace earthshine
