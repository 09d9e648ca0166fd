// What a source makes of a producer's pictures.

#include "capture/pipewire/source.h"

#include <doctest/doctest.h>

#include <optional>
#include <string>

#include "capture/pipewire/opened_screen.h"

using namespace earthshine;
using namespace earthshine::test;

namespace {

/// The source tells of it in the poll after the grab.
std::optional<SourceArea> area_of(Source& source) {
  auto change = source.poll();
  REQUIRE(change.ok());
  return change.value().area;
}

}  // namespace

TEST_CASE("a PipeWire screen shows what its producer sent, wherever colours lie in a pixel") {
  const Session session;
  for (const std::uint32_t format :
       {SPA_VIDEO_FORMAT_BGRx, SPA_VIDEO_FORMAT_BGRA, SPA_VIDEO_FORMAT_RGBx, SPA_VIDEO_FORMAT_RGBA,
        SPA_VIDEO_FORMAT_xRGB, SPA_VIDEO_FORMAT_xBGR}) {
    CAPTURE(format);
    // 128 x 128 x 4 bytes are whole pages: nothing of the buffer's own lies behind them.
    ScreenProducer producer({.width = 128, .height = 128, .format = format});
    producer.fill({0, 0, 128, 128}, 0x204060);
    producer.fill({127, 127, 1, 1}, 0xFFAA11);
    const auto source = open(producer);
    const Shown first = grab(*source);
    CHECK(first.damage.is_everything());
    CHECK(first.view.width == 128);
    CHECK(first.view.height == 128);
    CHECK(pixel(first.view, 0, 0) == 0x204060);
    CHECK(pixel(first.view, 127, 127) == 0xFFAA11);
  }
}

TEST_CASE("a screen tells where it lies once, and of changes when there are some") {
  const Session session;
  ScreenProducer producer;
  const auto source = open(producer);
  grab(*source);
  CHECK(area_of(*source) == SourceArea{0, 0, 320, 200, 320, 200});
  CHECK(area_of(*source) == std::nullopt);
  const Nanoseconds begin = now();
  CHECK_FALSE(wait_for_change(*source, 300).picture);
  CHECK(now() - begin >= 299 * kMillisecond);

  producer.fill({10, 20, 30, 40}, 0x00FF00);
  REQUIRE(producer.send({.damage = {{10, 20, 30, 40}}}));
  CHECK(wait_for_change(*source).picture);
  const Shown second = grab(*source);
  CHECK_FALSE(second.damage.is_everything());
  CHECK(covers(second.damage, {10, 20, 30, 40}));
  CHECK_FALSE(covers(second.damage, {9, 20, 1, 1}));
  CHECK(pixel(second.view, 10, 20) == 0x00FF00);
  CHECK(grab(*source).damage.empty());
}

TEST_CASE("the newest picture wins, with the damage of those that nobody saw") {
  const Session session;
  ScreenProducer producer;
  const auto source = open(producer);
  const Shown first = settle(*source);
  for (int i = 0; i < 20; ++i) {
    producer.fill({10 * i, 0, 10, 10}, 0x100000 + i);
    REQUIRE(producer.send({.damage = {{10 * i, 0, 10, 10}}, .hasty = true}));
    // What was handed out stays as it is, however much comes.
    CHECK(pixel(first.view, 10 * i, 0) == 0);
  }
  while (wait_for_change(*source, 200).picture) {
  }
  const Shown newest = grab(*source);
  for (int i = 0; i < 20; ++i) {
    CHECK(covers(newest.damage, {10 * i, 0, 1, 1}));
    CHECK(pixel(newest.view, 10 * i, 0) == 0x100000 + i);
  }
}

TEST_CASE("pictures that nobody grabbed leave their damage, and one that never came leaves all") {
  const Session session;
  ScreenProducer producer;
  const auto source = open(producer);
  settle(*source);
  REQUIRE(producer.send({.damage = {{0, 0, 10, 10}}}));
  REQUIRE(producer.send({.damage = {{100, 0, 10, 10}}}));
  while (wait_for_change(*source, 100).picture) {
  }
  const Shown both = grab(*source);
  CHECK_FALSE(both.damage.is_everything());
  CHECK(covers(both.damage, {0, 0, 10, 10}));
  CHECK(covers(both.damage, {100, 0, 10, 10}));
  REQUIRE(producer.send({.damage = {{0, 0, 10, 10}}, .sequence = 1000}));
  CHECK(wait_for_change(*source).picture);
  CHECK(grab(*source).damage.is_everything());
  REQUIRE(producer.send({.damage = {{0, 0, 10, 10}}, .sequence = 1001}));
  CHECK(wait_for_change(*source).picture);
  CHECK_FALSE(grab(*source).damage.is_everything());
  // A producer that does not count.
  for (int i = 0; i < 2; ++i) {
    REQUIRE(producer.send({.damage = {{0, 0, 10, 10}}, .sequence = 0}));
    CHECK(wait_for_change(*source).picture);
    CHECK(grab(*source).damage.is_everything());
  }
}

TEST_CASE("a producer with three buffers never waits for one that we keep") {
  const Session session;
  ScreenProducer producer({.most_buffers = 3});
  const auto source = open(producer);
  CHECK(producer.buffers() == 3);
  for (int i = 0; i < 30; ++i) {
    producer.fill({0, 0, 1, 1}, i + 1);
    REQUIRE(producer.send({}, 500));
    if (i % 3 == 0) continue;
    CHECK(pixel(settle(*source).view, 0, 0) == static_cast<std::uint32_t>(i + 1));
  }
}

TEST_CASE("a picture was made when its producer says, or when it arrived") {
  const Session session;
  ScreenProducer producer;
  const auto source = open(producer);
  settle(*source);
  const Nanoseconds made = now() - 40 * kMillisecond;
  REQUIRE(producer.send({.time = made}));
  CHECK(wait_for_change(*source).latest == made);
  REQUIRE(producer.send({.time = made + 16 * kMillisecond}));
  const SourceChange next = wait_for_change(*source);
  CHECK(next.latest == made + 16 * kMillisecond);
  CHECK(next.period == 16 * kMillisecond);
  // Ahead, absent, of another clock.
  for (const std::int64_t told :
       {now() + 3'000 * kMillisecond, std::int64_t{-1}, std::int64_t{7}}) {
    CAPTURE(told);
    const Nanoseconds before = now();
    REQUIRE(producer.send({.time = told}));
    const Nanoseconds latest = wait_for_change(*source).latest;
    CHECK(latest >= before);
    CHECK(latest <= now());
  }
}

TEST_CASE("buffers without pixels keep the picture: damaged ones, empty ones, cursors alone") {
  const Session session;
  ScreenProducer producer;
  producer.fill({0, 0, 320, 200}, 0x111111);
  const auto source = open(producer);
  settle(*source);
  producer.fill({0, 0, 320, 200}, 0xEEEEEE);
  REQUIRE(producer.send({.corrupted = true}));
  REQUIRE(producer.send({.size = 0}));
  REQUIRE(producer.send({.stride = 8}));
  REQUIRE(producer.send({.stride = -1280}));
  REQUIRE(producer.send({.stride = 1 << 30}));
  REQUIRE(producer.send({.offset = 4}));
  CHECK_FALSE(wait_for_change(*source, 300).picture);
  const Shown same = grab(*source);
  CHECK(pixel(same.view, 5, 5) == 0x111111);
  CHECK(same.damage.empty());
  REQUIRE(producer.send());
  CHECK(wait_for_change(*source).picture);
  CHECK(pixel(grab(*source).view, 5, 5) == 0xEEEEEE);
}

TEST_CASE("a screen that changes its size in mid-stream is followed") {
  const Session session;
  ScreenProducer producer;
  const auto source = open(producer);
  const Shown before = settle(*source);
  producer.resize(400, 240);
  REQUIRE(producer.wait_for_reader());
  // Until the first picture of the new size, the old one is shown.
  CHECK(grab(*source).view.width == 320);
  CHECK(pixel(before.view, 319, 199) == 0);
  producer.fill({399, 239, 1, 1}, 0xABCDEF);
  // PipeWire 0.3.65 drops what is sent before the reader has taken all buffers of the new size.
  bool changed = false;
  for (int attempt = 0; attempt < 10 && !changed; ++attempt) {
    REQUIRE(producer.send({.damage = {{0, 0, 1, 1}}}));
    changed = wait_for_change(*source, 1000).picture;
  }
  CHECK(changed);
  const Shown after = grab(*source);
  CHECK(after.view.width == 400);
  CHECK(after.view.height == 240);
  CHECK(after.damage.is_everything());
  CHECK(pixel(after.view, 399, 239) == 0xABCDEF);
  CHECK(area_of(*source) == SourceArea{0, 0, 400, 240, 400, 240});
}

TEST_CASE("only the part of a buffer that is the screen is shown") {
  const Session session;
  ScreenProducer producer;
  producer.fill({16, 8, 100, 50}, 0x00AA00);
  const auto source = open(producer, options_for(producer), {.crop = Rectangle{16, 8, 100, 50}});
  const Shown first = settle(*source);
  CHECK(first.view.width == 100);
  CHECK(first.view.height == 50);
  CHECK(pixel(first.view, 0, 0) == 0x00AA00);
  CHECK(pixel(first.view, 99, 49) == 0x00AA00);
  REQUIRE(producer.send({.damage = {{10, 10, 20, 20}}, .crop = Rectangle{16, 8, 100, 50}}));
  CHECK(wait_for_change(*source).picture);
  const Shown second = grab(*source);
  CHECK(covers(second.damage, {0, 2, 14, 20}));
  CHECK_FALSE(covers(second.damage, {0, 0, 1, 1}));
}

TEST_CASE("a rate is asked for as the compositor needs it, and given up where it is refused") {
  const Session session;
  const auto agreed = [](const ScreenProducerOptions& producing, PipewireRate rate) {
    ScreenProducer producer(producing);
    auto options = options_for(producer);
    options.rate = rate;
    options.rate_numerator = 60'000;
    options.rate_denominator = 1001;
    const auto source = open(producer, options);
    return producer.limit();
  };
  const auto is = [](const spa_fraction& limit, std::uint32_t num, std::uint32_t denom) {
    return limit.num == num && limit.denom == denom;
  };
  CHECK(is(agreed({}, PipewireRate::kVariable), 0, 1));
  CHECK(is(agreed({}, PipewireRate::kFractional), 60'000, 1001));
  const spa_fraction relaxed = agreed({}, PipewireRate::kRelaxed);
  CHECK(relaxed.num >= 2 * 60 * relaxed.denom);
  CHECK(agreed({.refuses_zero_rate = true}, PipewireRate::kVariable).num > 0);
  CHECK(agreed({.knows_no_limit = true}, PipewireRate::kVariable).num == 0);
}

TEST_CASE("one size is asked for where one is wanted") {
  const Session session;
  ScreenProducer producer({.any_size = true});
  auto options = options_for(producer);
  options.width = 250;
  options.height = 130;
  const auto source = open(producer, options);
  const Shown first = grab(*source);
  CHECK(first.view.width == 250);
  CHECK(first.view.height == 130);
  ScreenProducer other({.name = "fixed"});
  auto refused = options_for(other);
  refused.width = 250;
  refused.height = 130;
  std::string name;
  CHECK_FALSE(PipewireSource::open(refused, -1, name).ok());
}

TEST_CASE("a device's buffers that can be mapped are read, and rows may be longer than pixels") {
  const Session session;
  ScreenProducer producer({.width = 100, .height = 60, .device = true, .padding = 48});
  producer.fill({99, 59, 1, 1}, 0x556677);
  const auto source = open(producer);
  const Shown first = grab(*source);
  CHECK(first.view.stride == 448);
  CHECK(pixel(first.view, 99, 59) == 0x556677);
}
