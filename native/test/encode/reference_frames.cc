#include "encode/reference_frames.h"

#include <doctest/doctest.h>

#include <random>
#include <set>

using namespace earthshine;

TEST_CASE("references: a slot is free, the oldest frame goes, and an IDR forgets all others") {
  ReferenceFrames references(3);
  CHECK_FALSE(references.newest_usable());
  for (std::uint64_t number = 1; number <= 9; ++number) {
    const auto frame = references.next(number, number == 1 || number == 7);
    std::set<int> taken;
    for (const auto& kept : references.kept()) taken.insert(kept.slot);
    CHECK_FALSE(taken.contains(frame.slot));
    CHECK(frame.slot <= 3);
    CHECK(frame.order == (number >= 7 ? number - 7 : number - 1));
    references.add(frame);
    CHECK(references.newest_usable()->number == number);
  }
  CHECK(references.kept().size() == 3);
}

TEST_CASE("references: whatever is lost, nothing is predicted from it or from what came of it") {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    ReferenceFrames references(1 + static_cast<int>(random() % 5));
    /// frames that a client cannot decode
    std::set<std::uint64_t> broken;
    for (std::uint64_t number = 1; number < 60; ++number) {
      if (number > 1 && random() % 5 == 0) {
        const std::uint64_t first = number - 1 - random() % std::min<std::uint64_t>(number - 1, 4);
        references.invalidate(first);
        for (std::uint64_t each = first; each < number; ++each) broken.insert(each);
      }
      const auto reference = references.newest_usable();
      const auto frame = references.next(number, !reference);
      if (reference) CHECK_FALSE(broken.contains(reference->number));
      references.add(frame);
    }
  }
}
