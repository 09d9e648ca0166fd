#include "convert/damage.h"

#include <doctest/doctest.h>

#include <random>
#include <vector>

using namespace earthshine;

TEST_CASE("damage covers at least what was added") {
  std::mt19937 random(5);
  const auto below = [&](int end) { return static_cast<int>(random() % end); };
  for (int round = 0; round < 200; ++round) {
    Damage damage;
    std::vector<Rectangle> added;
    for (int i = below(60); i > 0; --i) {
      const Rectangle area{below(500), below(300), below(40), below(40)};
      damage.add(area);
      added.push_back(area);
    }
    CHECK(damage.rectangles().size() <= Damage::kMost);
    Damage united;
    united.add(damage);
    for (const Damage& one : {damage, united}) {
      for (const Rectangle& area : added) {
        // Pixel by pixel: the rectangle may be covered by several.
        for (int y = area.y; y < area.bottom(); y += 3) {
          for (int x = area.x; x < area.right(); x += 3) {
            bool covered = false;
            for (const Rectangle& each : one.rectangles()) {
              covered = covered || each.contains({x, y, 1, 1});
            }
            if (!covered) FAIL("a pixel is missing");
          }
        }
      }
    }
  }
}

TEST_CASE("damage joins what is cheaper together, and knows nothing and everything") {
  Damage damage;
  CHECK(damage.empty());
  damage.add({3, 3, 0, 9});
  CHECK(damage.empty());
  damage.add({0, 0, 10, 10});
  damage.add({2, 2, 3, 3});
  damage.add({10, 0, 10, 10});
  CHECK(damage.rectangles().size() == 1);
  CHECK(damage.rectangles()[0] == Rectangle{0, 0, 20, 10});
  damage.add({500, 500, 1, 1});
  CHECK(damage.rectangles().size() == 2);
  damage.add(Damage::everything());
  CHECK(damage.is_everything());
  damage.add({0, 0, 10, 10});
  CHECK(damage.is_everything());
  CHECK_FALSE(damage.empty());
  damage.clear();
  CHECK(damage.empty());
}
