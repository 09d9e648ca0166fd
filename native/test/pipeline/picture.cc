#include "pipeline/picture.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>
#include <vector>

#include "capture/test_pattern.h"
#include "capture/x11_client.h"
#include "capture/x11_source.h"
#include "capture/xvfb.h"

using namespace earthshine;
using earthshine::test::X11Client;
using earthshine::test::Xvfb;

namespace {

constexpr Nanoseconds kMillisecond = 1'000'000;

/// The first packet of a frame as the client sees it (protocol 4 §2, §3).
struct Arrived {
  std::uint32_t frame;
  int type;
  Nanoseconds time;
  /// 1/10 ms; 0: repeated
  int latency;
};

/// A UDP socket on loopback that reads the starts of frames.
class Receiver {
 public:
  Receiver() : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    // Frames that arrive while a test looks elsewhere must not be lost here.
    const int bytes = 4 << 20;
    setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    socklen_t length = sizeof address;
    getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &length);
    endpoint_ = {"127.0.0.1", ntohs(address.sin_port), "127.0.0.1", 0};
  }
  ~Receiver() { ::close(socket_); }
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }
  [[nodiscard]] std::size_t packets() const { return packets_; }

  /// Frames that begin within this time, at most so many.
  std::vector<Arrived> frames(int milliseconds, std::size_t most = 100'000) {
    std::vector<Arrived> result;
    const Nanoseconds end = now() + milliseconds * kMillisecond;
    std::vector<std::uint8_t> packet(2048);
    while (result.size() < most) {
      pollfd watched{socket_, POLLIN, 0};
      const auto left = static_cast<int>((end - now()) / kMillisecond);
      if (left <= 0 || ::poll(&watched, 1, left) <= 0) break;
      const ssize_t size = recv(socket_, packet.data(), packet.size(), 0);
      if (size < 40) continue;
      ++packets_;
      const bool start = (packet[24] & 0x04) != 0 && (packet[27] & 0x30) == 0;
      const std::uint32_t shard = (packet[29] | packet[30] << 8) >> 4 & 0x3FF;
      if (!start || shard != 0) continue;
      const std::uint32_t frame = packet[20] | packet[21] << 8 | packet[22] << 16;
      result.push_back({frame, packet[35], now(), packet[33] | packet[34] << 8});
    }
    return result;
  }

 private:
  int socket_;
  Endpoint endpoint_;
  std::size_t packets_ = 0;
};

/// Events from any thread.
class Events {
 public:
  OnPictureEvent sink() {
    return [this](PictureEvent event) {
      const std::lock_guard lock(mutex_);
      events_.push_back(std::move(event));
    };
  }
  std::vector<PictureEvent> of(PictureEvent::Kind kind) {
    const std::lock_guard lock(mutex_);
    std::vector<PictureEvent> result;
    for (const auto& event : events_) {
      if (event.kind == kind) result.push_back(event);
    }
    return result;
  }
  bool wait_for(PictureEvent::Kind kind, int milliseconds) {
    for (int i = 0; i < milliseconds; ++i) {
      if (!of(kind).empty()) return true;
      usleep(1000);
    }
    return false;
  }

 private:
  std::mutex mutex_;
  std::vector<PictureEvent> events_;
};

ViewerOptions viewer_options(std::uint32_t viewer, const std::shared_ptr<CounterPage>& page) {
  ViewerOptions options;
  options.viewer = viewer;
  options.counters = page;
  options.slot = viewer;
  options.encoder.bitrate_kbps = 4000;
  options.video.bitrate_kbps = 4000;
  return options;
}

std::shared_ptr<CounterPage> counter_page() {
  auto created = CounterPage::create();
  REQUIRE(created.ok());
  auto page = CounterPage::map(created.value());
  ::close(created.value());
  REQUIRE(page.ok());
  for (std::size_t slot = 0; slot < kCounterSlots; ++slot) page.value()->reset(slot);
  return page.value();
}

std::unique_ptr<Picture> open_picture(std::unique_ptr<Source> source, Events& events,
                                      int width = 640, int height = 360) {
  auto picture = Picture::open(std::move(source), {width, height, 60, 1}, events.sink());
  REQUIRE(picture.ok());
  return std::move(picture.value());
}

std::unique_ptr<Source> pattern() {
  return std::make_unique<TestPatternSource>(640, 360);
}

int idrs(const std::vector<Arrived>& frames) {
  return static_cast<int>(std::count_if(frames.begin(), frames.end(),
                                        [](const auto& frame) { return frame.type == 2; }));
}

/// Frames up to the next IDR, however busy the machine is, and those of a moment after it.
std::vector<Arrived> until_idr(Receiver& receiver, int moment = 50) {
  std::vector<Arrived> all;
  const auto append = [&](const std::vector<Arrived>& more) {
    all.insert(all.end(), more.begin(), more.end());
  };
  for (int tries = 0; idrs(all) == 0; ++tries) {
    REQUIRE(tries < 100);
    append(receiver.frames(100, 1));
  }
  append(receiver.frames(moment));
  return all;
}

}  // namespace

TEST_CASE("the test pattern reaches a viewer in order, from an IDR on, at its rate") {
  Events events;
  Receiver receiver;
  const auto page = counter_page();
  const auto picture = open_picture(pattern(), events);
  REQUIRE(picture->add_viewer(viewer_options(1, page)).ok());
  CHECK_FALSE(picture->add_viewer(viewer_options(1, page)).ok());

  // Nothing is encoded, and no number used, before the viewer's address is known.
  usleep(100'000);
  CHECK(page->slot(1).video_frame == 1);
  CHECK(picture->take_statistics()[0].frames_new == 0);

  picture->set_endpoint(1, Picture::Plane::kVideo, receiver.endpoint());
  const Nanoseconds begin = now();
  const auto frames = receiver.frames(20'000, 100);
  REQUIRE(frames.size() == 100);
  CHECK(now() - begin > 1600 * kMillisecond);
  CHECK(frames[0].frame == 1);
  CHECK(frames[0].type == 2);
  CHECK(idrs(frames) == 1);
  for (std::size_t i = 0; i < frames.size(); ++i) CHECK(frames[i].frame == i + 1);

  const auto figures = picture->take_statistics();
  REQUIRE(figures.size() == 1);
  CHECK(figures[0].viewer == 1);
  CHECK(figures[0].frames_new >= frames.size());
  CHECK(figures[0].frames_repeated == 0);
  CHECK(figures[0].keyframes == 1);
  CHECK(figures[0].encode.has_value());
  CHECK(figures[0].capture.has_value());
  CHECK(figures[0].convert.has_value());
  CHECK(figures[0].encoded_bytes > 0);
  CHECK(figures[0].interval > 1500 * kMillisecond);
  picture->close();
  picture->close();
  CHECK(events.of(PictureEvent::Kind::kFault).empty());
}

TEST_CASE("keyframe requests merge, and one within a round trip of the last is not heard") {
  Events events;
  Receiver receiver;
  const auto picture = open_picture(pattern(), events);
  REQUIRE(picture->add_viewer(viewer_options(2, counter_page())).ok());
  picture->set_endpoint(2, Picture::Plane::kVideo, receiver.endpoint());
  until_idr(receiver, 300);
  picture->take_statistics();
  for (int i = 0; i < 5; ++i) picture->request_keyframe(2, 0);
  const auto frames = until_idr(receiver, 400);
  // The requests may fall on both sides of a frame, but hardly on both sides of two.
  CHECK(idrs(frames) >= 1);
  CHECK(idrs(frames) <= 2);
  auto figures = picture->take_statistics()[0];
  CHECK(figures.keyframes_merged == 5 - figures.keyframes);
  picture->request_keyframe(2, 60'000 * kMillisecond);
  CHECK(idrs(receiver.frames(200)) == 0);
  figures = picture->take_statistics()[0];
  CHECK(figures.keyframes == 0);
  CHECK(figures.keyframes_merged == 1);
  // Unknown viewers may have left a moment ago.
  picture->request_keyframe(99, 0);
  picture->invalidate(99, 1, 2);
  picture->set_bitrate(99, 5);
  CHECK_FALSE(picture->remove_viewer(99));
}

TEST_CASE("an invalidation is answered by the next frame, and a repetition of it not at all") {
  Events events;
  Receiver receiver;
  const auto picture = open_picture(pattern(), events);
  REQUIRE(picture->add_viewer(viewer_options(2, counter_page())).ok());
  picture->set_endpoint(2, Picture::Plane::kVideo, receiver.endpoint());
  auto frames = receiver.frames(10'000, 10);
  REQUIRE(frames.size() == 10);
  picture->take_statistics();
  const std::uint32_t lost = frames.back().frame;
  picture->invalidate(2, lost, lost);
  const auto answers = [](const std::vector<Arrived>& arrived) {
    return std::count_if(arrived.begin(), arrived.end(),
                         [](const auto& frame) { return frame.type == 5 || frame.type == 2; });
  };
  frames.clear();
  for (int tries = 0; answers(frames) == 0 && tries < 50; ++tries) {
    const auto more = receiver.frames(100);
    frames.insert(frames.end(), more.begin(), more.end());
  }
  CHECK(answers(frames) == 1);
  picture->invalidate(2, lost, lost);
  CHECK(answers(receiver.frames(200)) == 0);
  CHECK(picture->take_statistics()[0].invalidations == 1);
  // Too old for any encoder.
  picture->invalidate(2, 0x7FFFFFFF, 0x7FFFFFFF);
  CHECK(idrs(until_idr(receiver, 200)) == 1);
}

TEST_CASE("two viewers of one mode share an encode; one with another bitrate gets its own") {
  Events events;
  Receiver one;
  Receiver two;
  const auto page = counter_page();
  const auto picture = open_picture(pattern(), events);
  REQUIRE(picture->add_viewer(viewer_options(1, page)).ok());
  picture->set_endpoint(1, Picture::Plane::kVideo, one.endpoint());
  for (int tries = 0; idrs(one.frames(100)) == 0; ++tries) REQUIRE(tries < 50);
  REQUIRE(picture->add_viewer(viewer_options(2, page)).ok());
  picture->set_endpoint(2, Picture::Plane::kVideo, two.endpoint());
  const auto frames = two.frames(10'000, 10);
  REQUIRE(frames.size() == 10);
  CHECK(frames[0].frame == 1);
  CHECK(frames[0].type == 2);
  for (const auto& figures : picture->take_statistics()) {
    CHECK(figures.encode_viewers == 2);
    CHECK(figures.bitrate_kbps == 4000);
  }
  // The first one's frames have no gap, and one more IDR: that with which the other joined.
  auto kept = one.frames(300);
  CHECK(idrs(kept) == 1);
  for (std::size_t i = 1; i < kept.size(); ++i) CHECK(kept[i].frame == kept[i - 1].frame + 1);

  picture->set_bitrate(2, 2000);
  const auto moved = until_idr(two, 300);
  CHECK(moved[0].frame == frames.back().frame + 1);
  for (std::size_t i = 1; i < moved.size(); ++i) CHECK(moved[i].frame == moved[i - 1].frame + 1);
  CHECK(idrs(moved) == 1);
  CHECK(idrs(one.frames(200)) == 0);
  for (const auto& figures : picture->take_statistics()) {
    CHECK(figures.encode_viewers == 1);
    CHECK(figures.bitrate_kbps == (figures.viewer == 1 ? 4000 : 2000));
  }
  // The bitrate of one who is alone changes without an IDR.
  picture->set_bitrate(2, 3000);
  CHECK(idrs(two.frames(300)) == 0);
  CHECK(picture->take_statistics()[1].bitrate_kbps == 3000);
}

TEST_CASE("viewers whose bitrate changes together stay together") {
  Events events;
  Receiver one;
  Receiver two;
  const auto page = counter_page();
  const auto picture = open_picture(pattern(), events);
  for (const std::uint32_t viewer : {1U, 2U}) {
    REQUIRE(picture->add_viewer(viewer_options(viewer, page)).ok());
    picture->set_endpoint(viewer, Picture::Plane::kVideo,
                          viewer == 1 ? one.endpoint() : two.endpoint());
  }
  until_idr(two);
  one.frames(200);
  picture->set_bitrate(1, 3000);
  picture->set_bitrate(2, 3000);
  CHECK(idrs(one.frames(700)) == 0);
  for (const auto& figures : picture->take_statistics()) {
    CHECK(figures.encode_viewers == 2);
    CHECK(figures.bitrate_kbps == 3000);
  }
}

TEST_CASE("one who asks for keyframes all the time leaves the others in peace") {
  Events events;
  Receiver one;
  Receiver two;
  const auto page = counter_page();
  const auto picture = open_picture(pattern(), events);
  for (const std::uint32_t viewer : {1U, 2U}) {
    REQUIRE(picture->add_viewer(viewer_options(viewer, page)).ok());
    picture->set_endpoint(viewer, Picture::Plane::kVideo,
                          viewer == 1 ? one.endpoint() : two.endpoint());
  }
  until_idr(two);
  const auto apart = [&] {
    const auto figures = picture->take_statistics();
    return std::all_of(figures.begin(), figures.end(),
                       [](const auto& each) { return each.encode_viewers == 1; });
  };
  for (int i = 0; i < 6; ++i) {
    picture->request_keyframe(2, 0);
    until_idr(two);
  }
  for (int tries = 0; !apart(); ++tries) {
    REQUIRE(tries < 100);
    usleep(100'000);
  }
  one.frames(200);
  two.frames(100);
  for (int i = 0; i < 4; ++i) {
    picture->request_keyframe(2, 0);
    until_idr(two);
  }
  CHECK(idrs(one.frames(200)) == 0);
}

TEST_CASE("viewers come and go without the others noticing") {
  Events events;
  Receiver one;
  Receiver two;
  const auto page = counter_page();
  const auto picture = open_picture(pattern(), events);
  REQUIRE(picture->add_viewer(viewer_options(1, page)).ok());
  picture->set_endpoint(1, Picture::Plane::kVideo, one.endpoint());
  // Its own IDR must be read before the other comes, however busy the machine is.
  for (int tries = 0; idrs(one.frames(100)) == 0; ++tries) REQUIRE(tries < 50);
  ViewerOptions other = viewer_options(2, page);
  other.encoder.format.chroma = Chroma::k444;
  REQUIRE(picture->add_viewer(other).ok());
  picture->set_endpoint(2, Picture::Plane::kVideo, two.endpoint());
  const auto frames = two.frames(10'000, 12);
  REQUIRE(frames.size() == 12);
  CHECK(frames[0].frame == 1);
  CHECK(frames[0].type == 2);
  CHECK(picture->take_statistics().size() == 2);
  CHECK(picture->remove_viewer(2));
  const auto rest = one.frames(300);
  CHECK(idrs(rest) == 0);
  for (std::size_t i = 1; i < rest.size(); ++i) CHECK(rest[i].frame == rest[i - 1].frame + 1);
  CHECK(two.frames(100).size() <= 2);
}

TEST_CASE("a still screen is repeated ten times a second, and a change or a request goes at once") {
  const Xvfb server("640x360x24");
  X11Client client(server.display());
  Events events;
  Receiver receiver;
  auto source = X11Source::open({.display = server.display(), .screen = "", .cursor = false});
  REQUIRE(source.ok());
  const auto picture = open_picture(std::move(source.value()), events);
  REQUIRE(picture->add_viewer(viewer_options(1, counter_page())).ok());
  picture->set_endpoint(1, Picture::Plane::kVideo, receiver.endpoint());
  const auto first = receiver.frames(1000);
  REQUIRE(first.size() > 15);
  CHECK(first[0].type == 2);
  picture->take_statistics();
  const auto still = receiver.frames(1000);
  CHECK(still.size() >= 8);
  CHECK(still.size() <= 12);
  for (const auto& frame : still) CHECK(frame.latency == 0);
  CHECK(picture->take_statistics()[0].frames_new == 0);

  // The request lies between two repetitions, the answer does not wait for the next.
  Nanoseconds begin = now();
  picture->request_keyframe(1, 0);
  const auto answer = receiver.frames(1000, 1);
  REQUIRE(answer.size() == 1);
  CHECK(answer[0].type == 2);
  CHECK(answer[0].time - begin < 90 * kMillisecond);

  receiver.frames(250);
  begin = now();
  client.fill(100, 100, 200, 100, 0xFF8800);
  const auto changed = receiver.frames(1000, 1);
  REQUIRE(changed.size() == 1);
  CHECK(changed[0].latency > 0);
  CHECK(changed[0].time - begin < 90 * kMillisecond);
}

TEST_CASE("a source that resizes goes on in the viewers' mode; one that dies is a fault") {
  Xvfb server("640x480x24");
  X11Client client(server.display());
  Events events;
  Receiver receiver;
  auto source = X11Source::open({.display = server.display(), .screen = "", .cursor = true});
  REQUIRE(source.ok());
  const auto picture = open_picture(std::move(source.value()), events, 1280, 720);
  REQUIRE(picture->add_viewer(viewer_options(1, counter_page())).ok());
  picture->set_endpoint(1, Picture::Plane::kVideo, receiver.endpoint());
  receiver.frames(200);
  client.set_screen_size(600, 300);
  REQUIRE(events.wait_for(PictureEvent::Kind::kSourceResized, 2000));
  const auto resized = events.of(PictureEvent::Kind::kSourceResized);
  CHECK(resized[0].width == 600);
  CHECK(resized[0].height == 300);
  CHECK_FALSE(receiver.frames(300).empty());
  CHECK(events.of(PictureEvent::Kind::kFault).empty());

  server.stop();
  REQUIRE(events.wait_for(PictureEvent::Kind::kFault, 2000));
  const auto faults = events.of(PictureEvent::Kind::kFault);
  CHECK(faults.size() == 1);
  CHECK(faults[0].part == "source");
  CHECK_FALSE(faults[0].viewer.has_value());
}

TEST_CASE("an encoder that cannot be had is refused with a sentence") {
  Events events;
  const auto picture = open_picture(pattern(), events);
  ViewerOptions options = viewer_options(1, counter_page());
  options.encoder.codec = VideoCodec::kHevc;
  const auto added = picture->add_viewer(options);
  REQUIRE_FALSE(added.ok());
  CHECK(added.fault().message.find("H.264") != std::string::npos);
  CHECK(picture->take_statistics().empty());
  picture->close();
  options.encoder.codec = VideoCodec::kH264;
  CHECK_FALSE(picture->add_viewer(options).ok());
}
