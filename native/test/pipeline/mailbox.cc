#include "pipeline/mailbox.h"

#include <doctest/doctest.h>

#include <thread>

using namespace earthshine;

TEST_CASE("the newest item wins and the loss is told") {
  Mailbox<int> mailbox;
  CHECK_FALSE(mailbox.occupied());
  CHECK_FALSE(mailbox.put(1));
  CHECK(mailbox.put(2));
  CHECK(mailbox.occupied());
  CHECK(mailbox.take() == 2);
  CHECK_FALSE(mailbox.occupied());
}

TEST_CASE("closing wakes the taker") {
  Mailbox<int> mailbox;
  std::thread taker([&] { CHECK_FALSE(mailbox.take().has_value()); });
  mailbox.close();
  taker.join();
  mailbox.put(1);
  CHECK_FALSE(mailbox.take().has_value());
}

TEST_CASE("items cross threads in order, each at most once") {
  Mailbox<int> mailbox;
  int last = 0;
  bool ordered = true;
  std::thread taker([&] {
    while (const auto item = mailbox.take()) {
      ordered = ordered && *item > last;
      last = *item;
      if (last == 20'000) break;
    }
  });
  for (int i = 1; i <= 20'000; ++i) mailbox.put(i);
  taker.join();
  CHECK(ordered);
  CHECK(last == 20'000);
}
