// How a stream begins and ends: with its node, its server, and whoever wants it.

#include "capture/pipewire/stream.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include "capture/pipewire/opened_screen.h"
#include "capture/reopening_source.h"

using namespace earthshine;
using namespace earthshine::test;

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
