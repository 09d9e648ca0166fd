#include "convert/piece_pool.h"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <fstream>

using namespace earthshine;

TEST_CASE("every piece is done once, by one thread at a time, before run() returns") {
  for (const int threads : {1, 2, 4}) {
    PiecePool pool(threads);
    CHECK(pool.threads() == threads);
    bool once = true;
    std::atomic<bool> alone = true;
    for (int round = 0; round < 500; ++round) {
      const int pieces = round % 17;
      std::array<std::atomic<int>, 17> done{};
      std::array<std::atomic<bool>, 4> busy{};
      pool.run(pieces, [&](int piece, int thread) {
        if (busy[static_cast<std::size_t>(thread)].exchange(true)) alone = false;
        done[static_cast<std::size_t>(piece)].fetch_add(1);
        busy[static_cast<std::size_t>(thread)] = false;
      });
      for (int piece = 0; piece < 17; ++piece) {
        once = once && done[static_cast<std::size_t>(piece)] == (piece < pieces ? 1 : 0);
      }
    }
    CHECK(once);
    CHECK(alone);
  }
}

TEST_CASE("where no further thread can be started, those that there are do the work") {
  // In a child, whose limit nobody else feels: room for the stacks of a few threads.
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    rlim_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    const rlim_t room = pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE)) + (100U << 20);
    const rlimit limit{room, room};
    if (setrlimit(RLIMIT_AS, &limit) != 0) _exit(2);
    bool all = true, fewer = false;
    {
      PiecePool pool(500);
      fewer = pool.threads() < 500;
      std::array<std::atomic<int>, 100> done{};
      pool.run(100, [&](int piece, int) { done[static_cast<std::size_t>(piece)].fetch_add(1); });
      for (const auto& times : done) all = all && times == 1;
    }
    _exit(all && fewer ? 0 : 1);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}
