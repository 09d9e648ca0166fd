#include "base/thread_class.h"

#include <sched.h>
#include <sys/resource.h>

#include <algorithm>
#include <optional>

#include "base/realtime_watch.h"
#include "base/rtkit.h"

#ifndef SCHED_RESET_ON_FORK
#define SCHED_RESET_ON_FORK 0x40000000
#endif

namespace earthshine {

namespace {

/// Among real-time threads ours are the least urgent: those of the sound server come first.
constexpr int kRealtimePriority = 5;
/// Long work gets less: the program that is streamed needs the processor too.
constexpr int kShortWakesNice = -10, kLongWorkNice = -5;

bool make_realtime(pid_t thread) {
  const sched_param parameters{.sched_priority = kRealtimePriority};
  if (sched_setscheduler(thread, SCHED_RR | SCHED_RESET_ON_FORK, &parameters) != 0) return false;
  if (watch_realtime_thread(thread, std::nullopt)) return true;
  const sched_param normal{.sched_priority = 0};
  sched_setscheduler(thread, SCHED_OTHER | SCHED_RESET_ON_FORK, &normal);
  return false;
}

bool make_realtime(Rtkit& rtkit, pid_t thread) {
  const auto& limits = rtkit.limits();
  const int priority = std::min(kRealtimePriority, limits.max_realtime_priority);
  return priority > 0 && watch_realtime_thread(thread, limits.realtime_microseconds) &&
         rtkit.make_realtime(thread, static_cast<std::uint32_t>(priority));
}

/// As nice as wanted, or as far as RLIMIT_NICE lets this user go.
bool make_nice(pid_t thread, int wanted) {
  const auto id = static_cast<id_t>(thread);
  if (setpriority(PRIO_PROCESS, id, wanted) == 0) return true;
  rlimit limit{};
  if (getrlimit(RLIMIT_NICE, &limit) != 0) return false;
  const int allowed = 20 - static_cast<int>(std::min<rlim_t>(limit.rlim_cur, 40));
  return allowed < 0 && setpriority(PRIO_PROCESS, id, std::max(wanted, allowed)) == 0;
}

bool make_nice(Rtkit& rtkit, pid_t thread, int wanted) {
  const int nice = std::max(wanted, static_cast<int>(rtkit.limits().min_nice_level));
  return nice < 0 && rtkit.make_high_priority(thread, nice);
}

}  // namespace

const char* thread_class_name(ThreadClass granted) {
  switch (granted) {
    case ThreadClass::kRealtime:
      return "realtime";
    case ThreadClass::kNice:
      return "nice";
    default:
      return "normal";
  }
}

ThreadClass raise_thread(pid_t thread, ThreadRole role) {
  const bool short_wakes = role == ThreadRole::kShortWakes;
  const int nice = short_wakes ? kShortWakesNice : kLongWorkNice;
  if (short_wakes && make_realtime(thread)) return ThreadClass::kRealtime;
  if (!short_wakes && make_nice(thread, nice)) return ThreadClass::kNice;
  auto rtkit = Rtkit::open();
  if (rtkit && short_wakes && make_realtime(*rtkit, thread)) return ThreadClass::kRealtime;
  if (make_nice(thread, nice)) return ThreadClass::kNice;
  if (rtkit && make_nice(*rtkit, thread, nice)) return ThreadClass::kNice;
  return ThreadClass::kNormal;
}

bool is_realtime(pid_t thread) {
  const int scheduler = sched_getscheduler(thread);
  return scheduler >= 0 && (scheduler & ~SCHED_RESET_ON_FORK) == SCHED_RR;
}

}  // namespace earthshine
