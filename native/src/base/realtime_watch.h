#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace earthshine {

/// Sees to it that no thread in the real-time class can hold a core for long. A thread that works
/// for 100 ms without ever waiting goes back to the normal class, with a line on stderr.
///
/// rtkit demands RLIMIT_RTTIME, whose hard limit makes the kernel kill the whole process; its soft
/// limit sends SIGXCPU before, and the handler set here takes the thread out in time. `hard` is the
/// limit in microseconds that rtkit wants; without it the hard limit stays as it is. Programs
/// started by this process inherit both limits. False when the limits cannot be set; the thread
/// must then not be in the class.
bool watch_realtime_thread(pid_t thread, std::optional<std::int64_t> hard);

/// Threads that were put back to the normal class so far.
std::uint64_t realtime_demotions();

}  // namespace earthshine
