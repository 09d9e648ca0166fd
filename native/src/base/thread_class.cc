#include "base/thread_class.h"

#include <sched.h>
#include <sys/resource.h>

#ifndef SCHED_RESET_ON_FORK
#define SCHED_RESET_ON_FORK 0x40000000
#endif

namespace earthshine {

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
  if (role == ThreadRole::kShortWakes) {
    const sched_param parameters{.sched_priority = 1};
    if (sched_setscheduler(thread, SCHED_RR | SCHED_RESET_ON_FORK, &parameters) == 0) {
      return ThreadClass::kRealtime;
    }
  }
  if (setpriority(PRIO_PROCESS, static_cast<id_t>(thread), -10) == 0) return ThreadClass::kNice;
  return ThreadClass::kNormal;
}

}  // namespace earthshine
