#include "pipeline/video_endpoints.h"

#include <doctest/doctest.h>

#include <atomic>
#include <string>

#include "pipeline/picture_fixture.h"

using namespace earthshine;
using namespace earthshine::test;

namespace {

using Kind = PictureEvent::Kind;

constexpr EndpointPatience kSoon{.pause = 5 * kMillisecond, .tries = 4};

/// Sockets that cannot be opened `failures` times.
struct Sockets {
  std::atomic<int> failures;
  std::atomic<int> tries = 0;
  Endpoint opened{};

  VideoEndpoints::Open open() {
    return [this](std::uint32_t, const Endpoint& endpoint) -> Result<bool> {
      if (++tries <= failures) return Fault{"The network is not there."};
      opened = endpoint;
      return true;
    };
  }
};

}  // namespace

TEST_CASE("a video endpoint that cannot be opened is tried until it can, and both are told") {
  Sockets sockets{.failures = 3};
  Events events;
  VideoEndpoints endpoints(sockets.open(), events.sink(), kSoon);
  endpoints.set(7, {.address = "127.0.0.1", .port = 9});
  REQUIRE(events.wait_for(Kind::kNotice, 5000, 2));
  const auto notices = events.of(Kind::kNotice);
  CHECK(notices[0].viewer == 7);
  CHECK(notices[0].part == "video");
  CHECK(notices[0].message == "The network is not there. It is tried again.");
  CHECK_FALSE(notices[0].recovered);
  CHECK(notices[1].recovered);
  CHECK(sockets.tries == 4);
  CHECK(events.of(Kind::kFault).empty());
  endpoints.close();
  CHECK(sockets.opened.port == 9);
  endpoints.close();
}

TEST_CASE("a video endpoint that stays closed is a fault in the end, once") {
  Sockets sockets{.failures = 1000};
  Events events;
  VideoEndpoints endpoints(sockets.open(), events.sink(), kSoon);
  endpoints.set(7, {.address = "127.0.0.1", .port = 9});
  REQUIRE(events.wait_for(Kind::kFault, 5000));
  CHECK(events.of(Kind::kFault)[0].viewer == 7);
  CHECK(events.of(Kind::kFault)[0].message == "The network is not there.");
  usleep(50'000);
  CHECK(sockets.tries == kSoon.tries);
  CHECK(events.of(Kind::kFault).size() == 1);
}

TEST_CASE("a newer video endpoint takes an older one's place, and who left is not waited for") {
  Sockets sockets{.failures = 1};
  Events events;
  VideoEndpoints endpoints(sockets.open(), events.sink(),
                           {.pause = 60'000 * kMillisecond, .tries = 4});
  endpoints.set(7, {.address = "127.0.0.1", .port = 9});
  endpoints.set(7, {.address = "127.0.0.1", .port = 10});
  CHECK(sockets.opened.port == 10);
  CHECK(events.of(Kind::kNotice).back().recovered);
  sockets.failures = 1000;
  endpoints.set(8, {.address = "127.0.0.1", .port = 11});
  endpoints.forget(8);
  sockets.failures = 0;
  endpoints.set(8, {.address = "127.0.0.1", .port = 12});
  // Nothing was wrong with this one.
  CHECK(events.of(Kind::kNotice).size() == 3);
}

TEST_CASE("sound that cannot be sent is told and left out; the picture goes on") {
  Events events;
  Receiver receiver;
  const auto picture = open_picture(pattern(), events);
  join(*picture, viewer_options(1, counter_page()), receiver.endpoint());
  until_idr(receiver);
  // An address of documentation (RFC 5737): no machine here has it.
  Endpoint nowhere = receiver.endpoint();
  nowhere.local_address = "192.0.2.1";
  picture->set_endpoint(1, Picture::Stream::kAudio, nowhere);
  REQUIRE(events.wait_for(Kind::kNotice, 1000));
  CHECK(events.of(Kind::kNotice)[0].part == "audio");
  CHECK(events.of(Kind::kNotice)[0].message.find("goes on without sound") != std::string::npos);
  // Video that cannot be sent anywhere else goes on where it went.
  picture->set_endpoint(1, Picture::Stream::kVideo, nowhere);
  CHECK(receiver.frames(10'000, 10).size() == 10);
  picture->set_endpoint(1, Picture::Stream::kVideo, receiver.endpoint());
  REQUIRE(events.wait_for(Kind::kNotice, 1000, 3));
  CHECK(events.of(Kind::kNotice)[1].part == "video");
  CHECK(events.of(Kind::kNotice)[2].recovered);
  CHECK(events.of(Kind::kFault).empty());
}
