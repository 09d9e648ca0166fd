#pragma once

#include <sys/types.h>

#include <cstdint>

namespace earthshine {

/// How a thread is scheduled beside the machine's other work.
enum class ThreadClass : std::uint8_t { kNormal, kNice, kRealtime };

/// "normal", "nice" or "realtime".
const char* thread_class_name(ThreadClass granted);

/// What a thread is for decides what is asked for it: short wakes (sending, sound, control) the
/// real-time class, long work (capture, encoding) a better nice value only, so that a busy encoder
/// does not stop the desktop.
enum class ThreadRole : std::uint8_t { kShortWakes, kLongWork };

/// Asks for one thread of this process, directly, then through rtkit (which may take milliseconds),
/// and returns what was granted. Never fails: at worst nothing changes.
ThreadClass raise_thread(pid_t thread, ThreadRole role);

/// Whether the thread is in the real-time class now: one that works too long without a pause loses
/// it (realtime_watch.h).
bool is_realtime(pid_t thread);

}  // namespace earthshine
