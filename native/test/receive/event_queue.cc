#include "receive/event_queue.h"

#include <doctest/doctest.h>

#include "support/vectors.h"

using namespace earthshine;

namespace {

ReceivedFrame frame(std::uint32_t index, std::span<const std::uint8_t> bytes) {
  ReceivedFrame frame;
  frame.index = index;
  frame.data = bytes;
  return frame;
}

}  // namespace

TEST_CASE("event queue: what happened comes out in order, and is announced once") {
  EventQueue queue;
  CHECK_FALSE(queue.announce());
  const auto bytes = vectors::generated(1, 100);
  queue.add(LostFrames{1, 2});
  CHECK(queue.announce());
  CHECK_FALSE(queue.announce());
  queue.add(frame(3, bytes));
  queue.add(Violation{});
  const auto events = queue.take();
  REQUIRE(events.size() == 3);
  CHECK(std::get<LostFrames>(events[0]).last == 2);
  CHECK(std::get<QueuedFrame>(events[1]).bytes == bytes);
  CHECK(std::holds_alternative<Violation>(events[2]));
  CHECK_FALSE(queue.announce());
  queue.add(BlockStatus{});
  CHECK(queue.announce());
}

TEST_CASE("event queue: a frame too many is told as lost, before what follows") {
  EventQueue queue;
  const auto bytes = vectors::generated(1, 8);
  const std::size_t beyond = EventQueue::kFrames + 3;
  for (std::uint32_t index = 1; index <= beyond; ++index) queue.add(frame(index, bytes));
  auto events = queue.take();
  REQUIRE(events.size() == beyond);
  CHECK(std::get<LostFrames>(events.back()).first == beyond);
  CHECK(queue.unfetched().frames == 3);
  queue.add(frame(beyond + 1, bytes));
  events = queue.take();
  REQUIRE(events.size() == 1);
  CHECK(std::holds_alternative<QueuedFrame>(events[0]));
}

TEST_CASE("event queue: neither bytes nor events grow without end") {
  EventQueue queue;
  const std::vector<std::uint8_t> large(EventQueue::kBytes / 4);
  for (std::uint32_t index = 1; index <= 6; ++index) queue.add(frame(index, large));
  CHECK(queue.unfetched().frames == 2);
  CHECK(queue.take().size() == 6);

  for (std::uint32_t i = 0; i < 2 * EventQueue::kOthers; ++i) {
    queue.add(LostFrames{10 * i + 7, 10 * i + 8});
    queue.add(BlockStatus{});
  }
  // After that even a frame is lost, so that the order of what is told stays true.
  queue.add(frame(1'000'000, large));
  const auto events = queue.take();
  CHECK(events.size() == EventQueue::kOthers + 1);
  CHECK(queue.unfetched().events > EventQueue::kOthers);
  CHECK(std::get<LostFrames>(events.back()).last == 1'000'000);
}
