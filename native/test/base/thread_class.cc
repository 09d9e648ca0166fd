#include "base/thread_class.h"

#include <doctest/doctest.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/realtime_watch.h"
#include "base/rtkit.h"
#include "base/thread_raiser.h"
#include "support/rtkit_bus.h"

using namespace earthshine;

namespace {

int nice_of(pid_t thread) {
  return getpriority(PRIO_PROCESS, static_cast<id_t>(thread));
}

/// Works without a pause.
void spin(Nanoseconds duration) {
  const Nanoseconds end = now() + duration;
  while (now() < end) {
  }
}

/// Exit status of a child, or -1 when a signal ended it.
int status_of(pid_t child) {
  int status = 0;
  if (waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}

}  // namespace

TEST_CASE("thread class: what is granted is what the thread has") {
  std::thread([] {
    const ThreadClass granted = raise_thread(gettid(), ThreadRole::kShortWakes);
    CHECK(is_realtime(gettid()) == (granted == ThreadClass::kRealtime));
    if (granted == ThreadClass::kNice) CHECK(nice_of(gettid()) < 0);
    if (granted == ThreadClass::kNormal) CHECK(nice_of(gettid()) == 0);
    // Children start in the normal class.
    std::thread([] { CHECK_FALSE(is_realtime(gettid())); }).join();
  }).join();
  std::thread([] {
    const ThreadClass granted = raise_thread(gettid(), ThreadRole::kLongWork);
    CHECK(granted != ThreadClass::kRealtime);
    CHECK_FALSE(is_realtime(gettid()));
    CHECK((nice_of(gettid()) < 0) == (granted == ThreadClass::kNice));
  }).join();
  // A thread that has ended is no fault.
  CHECK(raise_thread(0x3FFF'FFF0, ThreadRole::kShortWakes) == ThreadClass::kNormal);
}

TEST_CASE("thread class: a real-time thread that never waits is put back, time and again") {
  for (int i = 0; i < 3; ++i) {
    std::thread([] {
      ThreadRaiser raiser;
      raiser.raise_this_thread(ThreadRole::kShortWakes);
      raiser.finish();
      if (raiser.granted() != ThreadClass::kRealtime) {
        MESSAGE("not run: this user gets no real-time class");
        return;
      }
      const std::uint64_t before = realtime_demotions();
      // Less than the limit, with waits between: stays. Beyond it the kernel's hard limit, where
      // rtkit has set one, would have ended the process.
      for (int part = 0; part < 5; ++part) {
        spin(30'000'000);
        usleep(1000);
      }
      CHECK(raiser.granted() == ThreadClass::kRealtime);
      CHECK(realtime_demotions() == before);
      // More CPU time than wall time tells, on a machine that is busy with other such threads.
      for (int part = 0; part < 30 && is_realtime(gettid()); ++part) spin(100'000'000);
      CHECK(raiser.granted() == ThreadClass::kNormal);
      CHECK(realtime_demotions() == before + 1);
    }).join();
  }
}

TEST_CASE("rtkit: a bus that accepts and then says nothing costs a moment only") {
  char name[] = "/tmp/earthshine-silent-bus-XXXXXX";
  REQUIRE(mkdtemp(name));
  const std::string path = std::string(name) + "/bus";
  const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size());
  REQUIRE(bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(listen(listener, 4) == 0);
  setenv("DBUS_SYSTEM_BUS_ADDRESS", ("unix:path=" + path).c_str(), 1);
  const Nanoseconds before = now();
  CHECK_FALSE(Rtkit::open());
  CHECK(now() - before >= 150'000'000);
  CHECK(now() - before < 5'000'000'000);
  ::close(listener);
  unlink(path.c_str());
  CHECK_FALSE(Rtkit::open());  // nobody listens
  unsetenv("DBUS_SYSTEM_BUS_ADDRESS");
  rmdir(name);
}

TEST_CASE("rtkit: the real service raises threads, and its hard limit does not kill") {
  const test::RtkitBus bus;
  if (!bus.running) {
    MESSAGE("not run: no rtkit here, or no root");
    return;
  }
  // In a process of its own: the hard limit of real-time work cannot be raised again by most users.
  const std::uint64_t before = realtime_demotions();
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    std::optional<Rtkit> rtkit;
    for (int i = 0; i < 100 && !rtkit; ++i) {
      usleep(20'000);
      rtkit = Rtkit::open();
    }
    if (!rtkit) _exit(10);
    const auto& limits = rtkit->limits();
    if (limits.max_realtime_priority < 1 || limits.realtime_microseconds < 100'000) _exit(11);
    // Without the limit on real-time work the service refuses.
    rlimit unlimited{RLIM_INFINITY, RLIM_INFINITY};
    setrlimit(RLIMIT_RTTIME, &unlimited);
    if (rtkit->make_realtime(gettid(), 5)) _exit(12);
    if (!watch_realtime_thread(gettid(), limits.realtime_microseconds)) _exit(13);
    if (!rtkit->make_realtime(gettid(), 5)) _exit(14);
    if (!is_realtime(gettid())) _exit(15);
    spin(400'000'000);
    if (is_realtime(gettid()) || realtime_demotions() != before + 1) _exit(16);
    if (!rtkit->make_high_priority(gettid(), -10) || nice_of(gettid()) != -10) _exit(17);
    _exit(0);
  }
  CHECK(status_of(child) == 0);
  // An ordinary user, who may do nothing directly.
  const pid_t ordinary = fork();
  REQUIRE(ordinary >= 0);
  if (ordinary == 0) {
    constexpr uid_t kNobody = 65534;
    if (setresgid(kNobody, kNobody, kNobody) != 0 || setresuid(kNobody, kNobody, kNobody) != 0) {
      _exit(10);
    }
    if (raise_thread(gettid(), ThreadRole::kShortWakes) != ThreadClass::kRealtime) _exit(11);
    if (!is_realtime(gettid())) _exit(12);
    spin(400'000'000);
    if (is_realtime(gettid()) || realtime_demotions() != before + 1) _exit(13);
    if (raise_thread(gettid(), ThreadRole::kLongWork) != ThreadClass::kNice) _exit(14);
    if (is_realtime(gettid()) || nice_of(gettid()) >= 0) _exit(15);
    _exit(0);
  }
  CHECK(status_of(ordinary) == 0);
}
