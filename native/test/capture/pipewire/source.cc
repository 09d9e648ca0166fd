// A real PipeWire server with its session manager, and a producer of our own that behaves as the
// compositors do.

#include "capture/pipewire/source.h"

#include <doctest/doctest.h>
#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "capture/pipewire/screen_producer.h"
#include "capture/reopening_source.h"
#include "support/sound_session.h"

using namespace earthshine;
using namespace earthshine::test;

namespace {

constexpr Nanoseconds kMillisecond = 1'000'000;

PipewireSourceOptions options_for(const ScreenProducer& producer) {
  return {.node = PipewireNodeSerial{producer.serial()}};
}

/// Sends a picture again and again while the object lives: one that is sent before a reader is
/// quite connected is lost.
class FirstPicture {
 public:
  explicit FirstPicture(ScreenProducer& producer, SentPicture sent = {})
      : thread_([this, &producer, sent = std::move(sent)] {
          while (!done_) {
            if (producer.wait_for_reader(50)) producer.send(sent, 50);
            usleep(100'000);
          }
        }) {}
  ~FirstPicture() {
    done_ = true;
    thread_.join();
  }
  FirstPicture(const FirstPicture&) = delete;
  FirstPicture& operator=(const FirstPicture&) = delete;

 private:
  std::atomic<bool> done_ = false;
  std::thread thread_;
};

/// Opens the source while the producer sends its first picture, with `sent` beside it.
std::unique_ptr<Source> open(ScreenProducer& producer, const PipewireSourceOptions& options,
                             const SentPicture& sent = {}) {
  const FirstPicture first(producer, sent);
  std::string name;
  auto source = PipewireSource::open(options, -1, name);
  REQUIRE_MESSAGE(source.ok(), (source.ok() ? "" : source.fault().message));
  return std::move(source.value());
}

std::unique_ptr<Source> open(ScreenProducer& producer) {
  return open(producer, options_for(producer));
}

/// Waits like the capture thread, on the descriptor.
SourceChange wait_for_change(Source& source, int milliseconds = 10'000) {
  const Nanoseconds end = now() + milliseconds * kMillisecond;
  for (;;) {
    auto change = source.poll();
    REQUIRE_MESSAGE(change.ok(), (change.ok() ? "" : change.fault().message));
    const Nanoseconds left = end - now();
    if (change.value().picture || left <= 0) return change.value();
    pollfd watched{source.descriptor(), POLLIN, 0};
    ::poll(&watched, 1, static_cast<int>(left / kMillisecond) + 1);
  }
}

/// A Grab of pixels.
struct Shown {
  BgrxView view;
  Damage damage;
};

Shown grab(Source& source) {
  auto grabbed = source.grab();
  REQUIRE(grabbed.ok());
  return {std::get<BgrxView>(grabbed.value().picture), grabbed.value().damage};
}

/// The source tells of it in the poll after the grab.
std::optional<SourceArea> area_of(Source& source) {
  auto change = source.poll();
  REQUIRE(change.ok());
  return change.value().area;
}

/// Takes in what has come so far.
Shown settle(Source& source) {
  Shown last = grab(source);
  while (true) {
    if (!wait_for_change(source, 30).picture) return last;
    last = grab(source);
  }
}

/// 0xRRGGBB as the converter sees it.
std::uint32_t pixel(const BgrxView& view, int x, int y) {
  const std::uint8_t* p = view.row(y) + 4 * x;
  if (intersection(view.patch.area, {x, y, 1, 1}).area() > 0) {
    p = view.patch.pixels + (y - view.patch.area.y) * view.patch.stride +
        4 * (x - view.patch.area.x);
  }
  const bool blue_first = view.order == PixelOrder::kBgrx;
  return static_cast<std::uint32_t>(p[blue_first ? 2 : 0]) << 16 |
         static_cast<std::uint32_t>(p[1]) << 8 | p[blue_first ? 0 : 2];
}

bool covers(const Damage& damage, const Rectangle& area) {
  if (damage.is_everything()) return true;
  for (const Rectangle& each : damage.rectangles()) {
    if (each.contains(area)) return true;
  }
  return false;
}

/// A cursor of this colour, opaque in its left half and half transparent in its right.
CursorImage cursor(int width, int height, std::uint32_t color, int hot_x, int hot_y) {
  CursorImage image{width, height, hot_x, hot_y, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const bool opaque = x < width / 2;
      image.pixels.push_back(opaque ? 0xFF000000 | color : 0x80000000 | (color >> 1 & 0x7F7F7F));
    }
  }
  return image;
}

struct Session {
  SoundSession session;
  Session() { REQUIRE(session.start()); }
};

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

TEST_CASE("a cursor that is told of is drawn once, at its hotspot, with its alpha") {
  const Session session;
  ScreenProducer producer;
  producer.fill({0, 0, 320, 200}, 0x404040);
  const auto source = open(producer, options_for(producer),
                           {.pointer = {{100, 50, cursor(16, 8, 0xFF0000, 3, 2)}}});
  const Shown first = settle(*source);
  CHECK(first.view.patch.area == Rectangle{97, 48, 16, 8});
  CHECK(pixel(first.view, 97, 48) == 0xFF0000);
  CHECK(pixel(first.view, 104, 55) == 0xFF0000);
  CHECK(pixel(first.view, 105, 48) == 0x9F2020);
  CHECK(pixel(first.view, 96, 48) == 0x404040);
  CHECK(pixel(first.view, 113, 48) == 0x404040);

  // Moved alone: the same picture, and both places are damaged.
  REQUIRE(producer.send({.corrupted = true, .size = 0, .pointer = {{200, 150, {}}}}));
  CHECK(wait_for_change(*source).picture);
  const Shown moved = grab(*source);
  CHECK(pixel(moved.view, 97, 48) == 0x404040);
  CHECK(pixel(moved.view, 197, 148) == 0xFF0000);
  CHECK_FALSE(moved.damage.is_everything());
  CHECK(covers(moved.damage, {97, 48, 16, 8}));
  CHECK(covers(moved.damage, {197, 148, 16, 8}));

  // Told of again at the same place: no news.
  REQUIRE(producer.send({.corrupted = true, .size = 0, .pointer = {{200, 150, {}}}}));
  CHECK_FALSE(wait_for_change(*source, 200).picture);

  // The picture changes below it.
  producer.fill({0, 100, 320, 100}, 0x0000FF);
  REQUIRE(producer.send({.damage = {{0, 100, 320, 100}}, .pointer = {{200, 150, {}}}}));
  CHECK(wait_for_change(*source).picture);
  const Shown below = grab(*source);
  CHECK(pixel(below.view, 197, 148) == 0xFF0000);
  CHECK(pixel(below.view, 205, 148) == 0x7F007F);
  CHECK(pixel(below.view, 150, 150) == 0x0000FF);

  // Another image, one over the edge, a huge one, none.
  REQUIRE(
      producer.send({.corrupted = true, .pointer = {{319, 0, cursor(10, 10, 0x00FF00, 0, 5)}}}));
  CHECK(wait_for_change(*source).picture);
  const Shown edge = grab(*source);
  CHECK(edge.view.patch.area == Rectangle{319, 0, 1, 5});
  CHECK(pixel(edge.view, 319, 4) == 0x00FF00);
  REQUIRE(producer.send(
      {.corrupted = true, .pointer = {{128, 128, cursor(256, 256, 0x00FFFF, 128, 128)}}}));
  CHECK(wait_for_change(*source).picture);
  const Shown huge = grab(*source);
  CHECK(huge.view.patch.area == Rectangle{0, 0, 256, 200});
  CHECK(pixel(huge.view, 5, 199) == 0x00FFFF);
  REQUIRE(producer.send({.corrupted = true, .pointer = {{9, 9, CursorImage{}}}}));
  CHECK(wait_for_change(*source).picture);
  CHECK(grab(*source).view.patch.area.empty());
  REQUIRE(producer.send({.corrupted = true, .pointer = {{9, 9, cursor(4, 4, 0x00FFFF, 0, 0)}}}));
  CHECK(wait_for_change(*source).picture);
  CHECK_FALSE(grab(*source).view.patch.area.empty());
  // It left the screen.
  REQUIRE(producer.send({.corrupted = true}));
  CHECK(wait_for_change(*source).picture);
  const Shown gone = grab(*source);
  CHECK(gone.view.patch.area.empty());
  CHECK(covers(gone.damage, {9, 9, 4, 4}));
}

TEST_CASE("a cursor that is hidden or drawn by the producer is not drawn again") {
  const Session session;
  for (const auto how : {PipewireCursor::kHidden, PipewireCursor::kEmbedded}) {
    ScreenProducer producer;
    auto options = options_for(producer);
    options.cursor = how;
    const auto source =
        open(producer, options, {.pointer = {{100, 50, cursor(16, 8, 0xFF0000, 3, 2)}}});
    CHECK(grab(*source).view.patch.area.empty());
  }
}

TEST_CASE("a cursor is drawn in the picture's own order of colours") {
  const Session session;
  ScreenProducer producer({.format = SPA_VIDEO_FORMAT_RGBx});
  const auto source =
      open(producer, options_for(producer), {.pointer = {{10, 10, cursor(4, 4, 0x123456, 0, 0)}}});
  CHECK(pixel(grab(*source).view, 10, 10) == 0x123456);
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

TEST_CASE(
    "a producer that sends nothing is told of after a while, one that does not exist at once") {
  const Session session;
  ScreenProducer producer;
  std::string name;
  Nanoseconds begin = now();
  const auto silent = PipewireSource::open(options_for(producer), -1, name);
  REQUIRE_FALSE(silent.ok());
  CHECK(silent.fault().message.find("brings no picture") != std::string::npos);
  CHECK(now() - begin < 8'000 * kMillisecond);
  begin = now();
  const auto nobody = PipewireSource::open({.node = PipewireNodeSerial{"999999"}}, -1, name);
  REQUIRE_FALSE(nobody.ok());
  CHECK(nobody.fault().message.find("no node") != std::string::npos);
  CHECK(now() - begin < 4'000 * kMillisecond);
}

TEST_CASE("the last picture outlives its producer, and one that comes back is shown again") {
  const Session session;
  auto producer = std::make_unique<ScreenProducer>();
  producer->fill({0, 0, 320, 200}, 0x777777);
  std::atomic<std::uint32_t> id = producer->id();
  std::string name;
  const auto open_it = [&] { return PipewireSource::open({.node = PipewireNodeId{id}}, -1, name); };
  auto first = std::make_unique<FirstPicture>(*producer);
  auto opened = ReopeningSource::open("The desktop's screen", open_it,
                                      {.first = 50 * kMillisecond,
                                       .longest = 200 * kMillisecond,
                                       .explain = 60'000 * kMillisecond});
  first.reset();
  REQUIRE_MESSAGE(opened.ok(), (opened.ok() ? "" : opened.fault().message));
  CHECK(name == "test-screen");
  Source& source = *opened.value();
  CHECK(pixel(grab(source).view, 319, 199) == 0x777777);

  producer.reset();
  std::string notice;
  for (int i = 0; i < 5'000 && notice.empty(); ++i) {
    notice = source.poll().value().notice;
    usleep(1000);
  }
  CHECK(notice ==
        "The desktop ended the screen's stream. The last picture is shown until it is back.");
  CHECK(pixel(grab(source).view, 319, 199) == 0x777777);

  // Another program's node that got the id is not ours.
  {
    ScreenProducer camera({.name = "camera"});
    id = camera.id();
    CHECK_FALSE(camera.wait_for_reader(1'000));
  }
  producer = std::make_unique<ScreenProducer>();
  producer->fill({0, 0, 320, 200}, 0x888888);
  id = producer->id();
  first = std::make_unique<FirstPicture>(*producer);
  SourceChange back;
  for (int i = 0; i < 5'000 && !back.recovered; ++i) {
    back = source.poll().value();
    usleep(1000);
  }
  first.reset();
  CHECK(back.notice == "The desktop's screen is back.");
  const Shown shown = grab(source);
  CHECK(shown.damage.is_everything());
  CHECK(pixel(shown.view, 319, 199) == 0x888888);
}

TEST_CASE("a screen that is waited for can be given up at once") {
  const Session session;
  ScreenProducer producer;
  PipewireOpener opener(options_for(producer));
  const auto abandon = opener.abandon();
  // The first try is made before this returns.
  std::unique_ptr<Source> waiting = ReopeningSource::await(
      "The desktop's screen", [opener]() mutable { return opener(); }, Canvas(32, 32),
      {.first = kMillisecond, .longest = kMillisecond}, abandon);
  CHECK(grab(*waiting).view.width == 32);
  // In the middle of the second one.
  REQUIRE(producer.wait_for_reader());
  const Nanoseconds begin = now();
  waiting.reset();
  CHECK(now() - begin < 2'000 * kMillisecond);
}

TEST_CASE("a server that ends takes the stream with it, and its last picture stays") {
  SoundSession session;
  REQUIRE(session.start());
  ScreenProducer producer;
  producer.fill({0, 0, 320, 200}, 0x777777);
  const auto source = open(producer);
  const Shown last = grab(*source);
  session.kill();
  const Nanoseconds begin = now();
  while (source->poll().ok() && now() - begin < 10'000 * kMillisecond) usleep(1000);
  CHECK_FALSE(source->poll().ok());
  CHECK(pixel(last.view, 319, 199) == 0x777777);
}
