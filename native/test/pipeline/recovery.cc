#include "pipeline/recovery.h"

#include <doctest/doctest.h>

#include <random>
#include <set>

using namespace earthshine;

namespace {

constexpr Nanoseconds kMillisecond = 1'000'000;
constexpr Nanoseconds kSecond = 1000 * kMillisecond;
using Answer = Recovery::Answer;

/// A viewer's frames one after the other, as an encode unit makes them.
struct Stream {
  explicit Stream(bool client_invalidates = true) : recovery(client_invalidates) {}

  /// Encodes and sends one frame; returns the type that the client is told.
  FrameType frame(bool accepted = true) {
    time += 16 * kMillisecond;
    const FrameWish wish = recovery.begin_frame();
    wished = wish;
    AccessUnit unit;
    unit.number = ++number;
    unit.type = wish.keyframe ? FrameType::kIdr : FrameType::kPredicted;
    if (accepted) {
      if (unit.type == FrameType::kIdr) departed = {index, time};
      recovery.sent(index++, unit, wish, time);
    } else {
      recovery.dropped(unit, wish);
    }
    return Recovery::type_for(wish, unit.type);
  }
  Answer ask() { return recovery.keyframe_requested(time, 0, departed); }
  void frames(int count) {
    for (int i = 0; i < count; ++i) frame();
  }

  Recovery recovery;
  FrameWish wished;
  /// of the newest IDR, which leaves at once
  Departure departed;
  std::uint32_t index = 1;
  std::uint64_t number = 2;
  Nanoseconds time = kSecond;
};

}  // namespace

TEST_CASE("a stream begins with an IDR, and a request makes one more") {
  Stream stream;
  CHECK(stream.frame() == FrameType::kIdr);
  CHECK(stream.frame() == FrameType::kPredicted);
  CHECK(stream.ask() == Answer::kKeyframe);
  CHECK(stream.ask() == Answer::kMerged);
  CHECK(stream.frame() == FrameType::kIdr);
  CHECK(stream.frame() == FrameType::kPredicted);
}

TEST_CASE("requests merge while an IDR is being encoded, waits or is sent, and a round trip on") {
  Stream stream;
  const FrameWish wish = stream.recovery.begin_frame();
  CHECK(wish.keyframe);
  const auto ask = [&](Nanoseconds after, Nanoseconds round_trip, const Departure& departed) {
    return stream.recovery.keyframe_requested(kSecond + after * kMillisecond,
                                              round_trip * kMillisecond, departed);
  };
  const Departure before{4, kSecond};
  CHECK(ask(0, 0, before) == Answer::kMerged);
  AccessUnit unit;
  unit.number = 1;
  unit.type = FrameType::kIdr;
  stream.recovery.sent(7, unit, wish, kSecond);
  // However long that takes.
  CHECK(ask(200, 10, before) == Answer::kMerged);
  CHECK(ask(200, 0, before) == Answer::kMerged);
  const Departure departed{7, kSecond + 300 * kMillisecond};
  CHECK(ask(309, 10, departed) == Answer::kMerged);
  SUBCASE("it can have been seen") {
    CHECK(ask(311, 10, departed) == Answer::kKeyframe);
  }
  SUBCASE("nobody knows") {
    CHECK(ask(301, 0, departed) == Answer::kKeyframe);
  }
}

TEST_CASE("an unknown round trip merges with an unsent IDR only") {
  Stream stream;
  stream.frame();
  CHECK(stream.ask() == Answer::kKeyframe);
}

TEST_CASE("an invalidation names the encoder's frame and is answered once, with type 5") {
  Stream stream;
  stream.frames(10);
  CHECK(stream.recovery.invalidation_requested(8, 8, stream.time) == Answer::kInvalidation);
  // The client's frame 8 is the encoder's frame 10 here.
  CHECK(stream.frame() == FrameType::kAfterInvalidation);
  CHECK(stream.wished.invalidate_from == 10);
  // Frame 11 answered; the client saw frames before it and asked again.
  CHECK(stream.recovery.invalidation_requested(8, 10, stream.time) == Answer::kHandled);
  CHECK(stream.frame() == FrameType::kPredicted);
  // Lost again: the answer itself.
  CHECK(stream.recovery.invalidation_requested(8, 12, stream.time) == Answer::kInvalidation);
  CHECK(stream.frame() == FrameType::kAfterInvalidation);
  CHECK(stream.wished.invalidate_from == 10);
}

TEST_CASE("an answer that began too late in the stream does not hide an earlier loss") {
  Stream stream;
  stream.frames(10);
  CHECK(stream.recovery.invalidation_requested(9, 9, stream.time) == Answer::kInvalidation);
  stream.frame();
  CHECK(stream.recovery.invalidation_requested(7, 9, stream.time) == Answer::kInvalidation);
  stream.frame();
  CHECK(stream.wished.invalidate_from == 9);
}

TEST_CASE("a request that comes while the answer is encoded is answered by it") {
  Stream stream;
  stream.frames(10);
  stream.recovery.invalidation_requested(8, 8, stream.time);
  const FrameWish wish = stream.recovery.begin_frame();
  CHECK(stream.recovery.invalidation_requested(8, 10, stream.time) == Answer::kHandled);
  CHECK(stream.recovery.invalidation_requested(5, 10, stream.time) == Answer::kInvalidation);
  AccessUnit unit;
  unit.number = 13;
  stream.recovery.sent(11, unit, wish, stream.time);
  CHECK(stream.recovery.begin_frame().invalidate_from == 7);
}

TEST_CASE("what is too old, or was never sent, becomes a keyframe; with one unsent it merges") {
  Stream stream;
  stream.frames(400);
  SUBCASE("too old") {
    CHECK(stream.recovery.invalidation_requested(100, 399, stream.time) == Answer::kKeyframe);
  }
  SUBCASE("never sent") {
    CHECK(stream.recovery.invalidation_requested(401, 402, stream.time) == Answer::kKeyframe);
  }
  SUBCASE("back to front") {
    CHECK(stream.recovery.invalidation_requested(399, 398, stream.time) == Answer::kKeyframe);
  }
  CHECK(stream.recovery.invalidation_requested(399, 399, stream.time) == Answer::kMerged);
  CHECK(stream.frame() == FrameType::kIdr);
  CHECK(stream.recovery.invalidation_requested(399, 400, stream.time) == Answer::kHandled);
}

TEST_CASE("a dropped frame is invalidated, or followed by an IDR for a client that cannot") {
  SUBCASE("it can") {
    Stream stream;
    stream.frames(5);
    stream.frame(false);
    const std::uint64_t lost = stream.number;
    CHECK(stream.frame() == FrameType::kAfterInvalidation);
    CHECK(stream.wished.invalidate_from == lost);
    // The answer is dropped too: the next one answers both.
    stream.frame(false);
    CHECK(stream.frame() == FrameType::kAfterInvalidation);
    stream.recovery.invalidation_requested(stream.index - 1, stream.index - 1, stream.time);
    stream.frame(false);
    const std::uint64_t from = stream.wished.invalidate_from;
    stream.frame();
    CHECK(stream.wished.invalidate_from == from);
  }
  SUBCASE("it cannot") {
    Stream stream(false);
    stream.frames(5);
    stream.frame(false);
    CHECK(stream.frame() == FrameType::kIdr);
  }
  SUBCASE("an IDR was dropped") {
    Stream stream;
    stream.frame(false);
    CHECK(stream.frame() == FrameType::kIdr);
  }
}

TEST_CASE("after a restart only an IDR will do, and a frame from before does not count") {
  Stream stream;
  stream.frames(5);
  stream.recovery.invalidation_requested(3, 3, stream.time);
  const FrameWish wish = stream.recovery.begin_frame();
  stream.recovery.restart();
  AccessUnit unit;
  unit.number = 8;
  unit.type = FrameType::kIdr;
  stream.recovery.sent(6, unit, wish, stream.time);
  CHECK(stream.frame() == FrameType::kIdr);
  stream.recovery.restart();
  CHECK(stream.recovery.invalidation_requested(4, 4, stream.time) == Answer::kMerged);
}

TEST_CASE("who asks again and again is restless, and calms down") {
  Stream stream;
  stream.frame();
  for (int i = 0; i < 4; ++i) {
    CHECK_FALSE(stream.recovery.restless(stream.time));
    stream.ask();
    stream.frame();
  }
  CHECK(stream.recovery.restless(stream.time));
  CHECK_FALSE(stream.recovery.restless(stream.time + 5 * kSecond));
  // One a second is not too often, however long it lasts... by half.
  Stream slow;
  slow.frame();
  for (int i = 0; i < 20; ++i) {
    slow.time += 2 * kSecond;
    slow.ask();
    slow.frame();
    CHECK_FALSE(slow.recovery.restless(slow.time));
  }
}

TEST_CASE("whatever is asked in whatever order, a client that follows the rules gets its picture") {
  // A model of the client and the decoder: it shows a frame when everything that the frame is
  // predicted from was received, and asks when it cannot.
  std::mt19937 random(7);
  for (int run = 0; run < 200; ++run) {
    const bool invalidates = run % 2 == 0;
    Stream stream(invalidates);
    std::set<std::uint64_t> held;
    /// frames of the encoder that the next one may refer to
    std::vector<std::uint64_t> references;
    bool broken = false;
    std::uint32_t first_lost = 0;
    int shown = 0;
    for (int i = 0; i < 200; ++i) {
      const bool quiet = i >= 180;
      stream.time += 16 * kMillisecond;
      const FrameWish wish = stream.recovery.begin_frame();
      AccessUnit unit;
      unit.number = ++stream.number;
      if (wish.invalidate_from != 0) {
        std::erase_if(references, [&](std::uint64_t n) { return n >= wish.invalidate_from; });
      }
      const bool idr = wish.keyframe || references.empty();
      unit.type = idr ? FrameType::kIdr : FrameType::kPredicted;
      if (idr) references.clear();
      const std::uint64_t reference = idr ? 0 : references.back();
      references.push_back(unit.number);
      if (references.size() > 4) references.erase(references.begin());
      if (!quiet && random() % 20 == 0) {
        stream.recovery.dropped(unit, wish);
        continue;
      }
      const FrameType type = Recovery::type_for(wish, unit.type);
      const std::uint32_t index = stream.index++;
      if (idr) stream.departed = {index, stream.time};
      stream.recovery.sent(index, unit, wish, stream.time);

      const bool lost = !quiet && random() % 10 == 0;
      if (lost) {
        if (!broken) first_lost = index;
        broken = true;
        continue;
      }
      const bool whole = idr || held.contains(reference);
      // A frame that the sender dropped is made up for before a loss is known that came before it,
      // so a frame of type 5 need not be whole; the request that follows is answered in any case.
      if (broken && whole && (idr || type == FrameType::kAfterInvalidation)) broken = false;
      if (!broken) {
        CHECK(whole);
        held.insert(unit.number);
        ++shown;
      } else if (invalidates) {
        stream.recovery.invalidation_requested(first_lost, index, stream.time);
      } else {
        stream.ask();
      }
    }
    CHECK(shown > 60);
    CHECK_FALSE(broken);
  }
}
