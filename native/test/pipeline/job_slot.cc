#include "pipeline/job_slot.h"

#include <doctest/doctest.h>

#include <chrono>
#include <random>
#include <thread>
#include <vector>

using namespace earthshine;

namespace {

constexpr int kWidth = 64, kHeight = 32;

EncodeJob job(std::uint64_t number, std::uint64_t since) {
  return {.picture = nullptr, .number = number, .changed_since = since};
}

ChangeMap changed_at(int block) {
  ChangeMap map(kWidth, kHeight);
  map.mark_all_unchanged();
  map.mark_changed(block % map.columns() * 16, block / map.columns() * 16, 1, 1);
  return map;
}

}  // namespace

TEST_CASE("the newest picture wins, with everything that changed since the one taken before") {
  JobSlot slot(kWidth, kHeight);
  const ChangeMap one = changed_at(1), two = changed_at(5);
  CHECK_FALSE(slot.put(job(2, 1), &one));
  CHECK(slot.occupied());
  CHECK(slot.put(job(3, 2), &two));
  const auto taken = slot.take();
  REQUIRE(taken.has_value());
  CHECK(taken->job.number == 3);
  CHECK(taken->job.changed_since == 1);
  REQUIRE(taken->changes != nullptr);
  CHECK(taken->changes->changed_blocks() == 2);
  CHECK(taken->changes->unchanged()[1] == 0);
  CHECK(taken->changes->unchanged()[5] == 0);
  CHECK_FALSE(slot.occupied());
}

TEST_CASE("a picture that was missed makes the changes unknown") {
  JobSlot slot(kWidth, kHeight);
  const ChangeMap one = changed_at(1);
  slot.put(job(2, 1), &one);
  slot.put(job(4, 3), &one);
  CHECK(slot.take()->changes == nullptr);
  // A picture without a map, before or after.
  slot.put(job(5, 4), nullptr);
  slot.put(job(6, 5), &one);
  CHECK(slot.take()->changes == nullptr);
  slot.put(job(7, 6), &one);
  slot.put(job(8, 7), nullptr);
  CHECK(slot.take()->changes == nullptr);
  // A map of another size.
  const ChangeMap other(kWidth * 2, kHeight);
  slot.put(job(9, 8), &other);
  CHECK(slot.take()->changes == nullptr);
}

TEST_CASE("repetitions change nothing") {
  JobSlot slot(kWidth, kHeight);
  const ChangeMap one = changed_at(3);
  slot.put(job(2, 1), &one);
  slot.put(job(2, 2), &one);
  auto taken = slot.take();
  CHECK(taken->job.changed_since == 1);
  REQUIRE(taken->changes != nullptr);
  CHECK(taken->changes->changed_blocks() == 1);
  slot.put(job(2, 2), nullptr);
  slot.put(job(3, 2), &one);
  taken = slot.take();
  CHECK(taken->job.number == 3);
  CHECK(taken->job.changed_since == 2);
  CHECK(taken->changes != nullptr);
}

TEST_CASE("closing ends the wait, and what waited is not taken") {
  JobSlot slot(kWidth, kHeight);
  std::thread closer([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    slot.close();
  });
  CHECK_FALSE(slot.take().has_value());
  closer.join();
  slot.put(job(1, 0), nullptr);
  CHECK_FALSE(slot.take().has_value());
}

TEST_CASE("with any pictures left out, no changed block is ever called unchanged") {
  // Pictures of eight numbers; what the taker believes to be on the screen must be true.
  std::mt19937 random(11);
  JobSlot slot(kWidth, kHeight);
  const int blocks = ChangeMap(kWidth, kHeight).columns() * ChangeMap(kWidth, kHeight).rows();
  std::vector<int> screen(static_cast<std::size_t>(blocks)), posted = screen, encoded = screen;
  std::vector<std::vector<int>> history{screen};
  std::uint64_t last_taken = 0;
  for (std::uint64_t number = 1; number < 4000; ++number) {
    ChangeMap map(kWidth, kHeight);
    map.mark_all_unchanged();
    for (int changes = static_cast<int>(random() % 3); changes > 0; --changes) {
      const auto block = static_cast<int>(random() % static_cast<unsigned>(blocks));
      ++screen[static_cast<std::size_t>(block)];
      map.mark_changed(block % map.columns() * 16, block / map.columns() * 16, 16, 16);
    }
    history.push_back(screen);
    if (random() % 7 != 0) slot.put(job(number, number - 1), &map);
    if (random() % 5 == 0 && !slot.occupied()) slot.put(job(number, number), &map);
    if (random() % 3 != 0 || !slot.occupied()) continue;
    const auto taken = slot.take();
    const auto& now = history[taken->job.number];
    if (taken->changes && taken->job.changed_since == last_taken) {
      for (std::size_t i = 0; i < now.size(); ++i) {
        if (taken->changes->unchanged()[i] != 0) CHECK(now[i] == encoded[i]);
      }
    }
    encoded = now;
    last_taken = taken->job.number;
  }
}
