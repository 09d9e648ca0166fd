#include "convert/piece_pool.h"

#include <doctest/doctest.h>

#include <array>
#include <atomic>

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
