#include "pipeline/picture.h"

#include <doctest/doctest.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>
#include <thread>
#include <vector>

#include "capture/reopening_source.h"
#include "capture/x11_client.h"
#include "capture/x11_source.h"
#include "convert/noise_picture.h"
#include "pipeline/picture_fixture.h"
#include "support/xvfb.h"

using namespace earthshine;
using namespace earthshine::test;

namespace {

/// A screen that nothing can be spared of.
class NoiseSource final : public Source {
 public:
  NoiseSource(int width, int height) : pixels_(noise(width, height, 3)) {}

  [[nodiscard]] bool continuous() const override { return true; }
  Result<SourceChange> poll() override { return SourceChange{.picture = true, .latest = now()}; }
  Result<Grab> grab() override { return Grab{pixels_.view(), Damage::everything()}; }

 private:
  const Pixels pixels_;
};

}  // namespace

TEST_CASE("viewers go on with another source without a keyframe") {
  Events events;
  Receiver receiver;
  const auto page = counter_page();
  const auto picture = open_picture(pattern(), events);
  join(*picture, viewer_options(1, page), receiver.endpoint());
  const auto before = receiver.frames(20'000, 10);
  REQUIRE(before.size() == 10);

  REQUIRE(picture->replace_source(std::make_unique<NoiseSource>(640, 360)).ok());
  const std::size_t packets = receiver.packets();
  const auto after = receiver.frames(20'000, 10);
  REQUIRE(after.size() == 10);
  CHECK(idrs(after) == 0);
  for (std::size_t i = 1; i < after.size(); ++i) CHECK(after[i].frame == after[i - 1].frame + 1);
  // Noise cannot be predicted: its frames fill what a viewer's bitrate allows.
  CHECK(receiver.packets() - packets > 10 * after.size() / 2);
  const auto told = events.of(PictureEvent::Kind::kNotice);
  REQUIRE(told.size() == 1);
  CHECK(told[0].part == "source");
  CHECK(told[0].recovered);

  picture->close();
  CHECK_FALSE(picture->replace_source(pattern()).ok());
}

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

  picture->set_endpoint(1, Picture::Stream::kVideo, receiver.endpoint());
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
  // The last one may have arrived before it is counted.
  CHECK(figures[0].frames_new + 1 >= frames.size());
  CHECK(figures[0].frames_repeated == 0);
  CHECK(figures[0].keyframes == 1);
  // The stages and the waits between them are all of the way, of the same frames.
  const LatencyFigures& latency = figures[0].video.latency;
  REQUIRE(latency.host_latency);
  double stages = 0;
  for (const auto& part : {latency.capture_wait, latency.capture, latency.convert,
                           latency.encode_wait, latency.encode, latency.send_wait}) {
    REQUIRE(part);
    CHECK(part->count == latency.host_latency->count);
    stages += part->mean;
  }
  CHECK(stages == doctest::Approx(latency.host_latency->mean).epsilon(0.001));
  CHECK(latency.encode->mean > 0);
  REQUIRE(figures[0].changed_area);
  CHECK(*figures[0].changed_area > 0);
  CHECK(*figures[0].changed_area <= 100);
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
  picture->set_endpoint(2, Picture::Stream::kVideo, receiver.endpoint());
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
  picture->set_endpoint(2, Picture::Stream::kVideo, receiver.endpoint());
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

TEST_CASE("viewers come and go without the others noticing") {
  TwoReceivers watching;
  auto& [events, one, two, page, picture] = watching;
  join(*picture, viewer_options(1, page), one.endpoint());
  until_idr(one);
  ViewerOptions other = viewer_options(2, page);
  other.encoder.format.chroma = Chroma::k444;
  join(*picture, other, two.endpoint());
  const auto frames = two.frames(10'000, 12);
  REQUIRE(frames.size() == 12);
  CHECK(frames[0].frame == 1);
  CHECK(frames[0].type == 2);
  CHECK(picture->take_statistics().size() == 2);
  CHECK(picture->remove_viewer(2));
  const auto rest = one.frames(300);
  CHECK(idrs(rest) == 0);
  for (std::size_t i = 1; i < rest.size(); ++i) CHECK(rest[i].frame == rest[i - 1].frame + 1);
  // After what was on its way nothing comes any more.
  two.frames(100);
  CHECK(two.frames(200).empty());
}

TEST_CASE(
    "a still screen is repeated four times a second, and a change or a request goes at once") {
  const Xvfb server("640x360x24");
  X11Client client(server.display());
  Events events;
  Receiver receiver;
  auto source = X11Source::open({.display = server.display(), .screen = "", .cursor = false});
  REQUIRE(source.ok());
  const auto picture = open_picture(std::move(source.value()), events);
  REQUIRE(picture->add_viewer(viewer_options(1, counter_page())).ok());
  picture->set_endpoint(1, Picture::Stream::kVideo, receiver.endpoint());
  const auto first = receiver.frames(1000);
  REQUIRE(first.size() > 10);
  CHECK(first[0].type == 2);
  // Nobody wanted the picture when it changed.
  CHECK(first[0].latency == 0);
  picture->take_statistics();
  const auto still = receiver.frames(20'000, 6);
  REQUIRE(still.size() == 6);
  std::vector<Nanoseconds> gaps;
  for (std::size_t i = 1; i < still.size(); ++i) gaps.push_back(still[i].time - still[i - 1].time);
  for (const auto& frame : still) CHECK(frame.latency == 0);
  std::nth_element(gaps.begin(), gaps.begin() + 2, gaps.end());
  CHECK(gaps[2] > 240 * kMillisecond);
  CHECK(gaps[2] < 400 * kMillisecond);
  CHECK(picture->take_statistics()[0].frames_new == 0);

  // The time from an act right behind a repetition to the frame that answers it. The machine may be
  // busy at one of them.
  const auto quickest = [&](const auto& act, const auto& answers) {
    Nanoseconds best = 60'000 * kMillisecond;
    for (int i = 0; i < 5 && best >= 90 * kMillisecond; ++i) {
      // What has come meanwhile, and then one that comes while we wait.
      receiver.frames(700);
      receiver.frames(1000, 1);
      const Nanoseconds begin = now();
      act(i);
      bool answered = false;
      for (int frames = 0; frames < 20 && !answered; ++frames) {
        const auto next = receiver.frames(10'000, 1);
        REQUIRE(next.size() == 1);
        answered = answers(next[0]);
        if (answered) best = std::min(best, next[0].time - begin);
      }
      CHECK(answered);
    }
    return best;
  };
  CHECK(quickest([&](int) { picture->request_keyframe(1, 0); },
                 [](const Arrived& frame) { return frame.type == 2; }) < 90 * kMillisecond);
  CHECK(quickest([&](int i) { client.fill(100, 100, 200, 100, 0xFF8800 + i); },
                 [](const Arrived& frame) { return frame.latency > 0; }) < 90 * kMillisecond);
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
  picture->set_endpoint(1, Picture::Stream::kVideo, receiver.endpoint());
  receiver.frames(200);
  REQUIRE(events.wait_for(PictureEvent::Kind::kSourceArea, 2000));
  client.set_screen_size(600, 300);
  REQUIRE(events.wait_for(PictureEvent::Kind::kSourceArea, 2000, 2));
  const auto areas = events.of(PictureEvent::Kind::kSourceArea);
  CHECK(areas.front().area == SourceArea{0, 0, 640, 480, 640, 480});
  CHECK(areas.back().area == SourceArea{0, 0, 600, 300, 600, 300});
  CHECK_FALSE(receiver.frames(300).empty());
  CHECK(events.of(PictureEvent::Kind::kFault).empty());

  server.stop();
  REQUIRE(events.wait_for(PictureEvent::Kind::kFault, 2000));
  const auto faults = events.of(PictureEvent::Kind::kFault);
  CHECK(faults.size() == 1);
  CHECK(faults[0].part == "source");
  CHECK_FALSE(faults[0].viewer.has_value());
}

TEST_CASE("while the X server is away its last picture is sent, and keyframes on request") {
  Xvfb server("640x360x24");
  Events events;
  Receiver receiver;
  auto source = ReopeningSource::open("The X server " + server.display(), [&] {
    return X11Source::open({.display = server.display(), .screen = "", .cursor = true});
  });
  REQUIRE(source.ok());
  const auto picture = open_picture(std::move(source.value()), events);
  const auto page = counter_page();
  REQUIRE(picture->add_viewer(viewer_options(1, page)).ok());
  picture->set_endpoint(1, Picture::Stream::kVideo, receiver.endpoint());
  std::vector<Arrived> frames = until_idr(receiver, 300);
  const auto more = [&](const std::vector<Arrived>& read) {
    frames.insert(frames.end(), read.begin(), read.end());
    return read;
  };

  server.stop();
  REQUIRE(events.wait_for(PictureEvent::Kind::kNotice, 10'000));
  const auto gone = events.of(PictureEvent::Kind::kNotice);
  CHECK(gone[0].part == "source");
  CHECK_FALSE(gone[0].recovered);
  CHECK(gone[0].message == "The X server " + server.display() +
                               " went away. The last picture is shown until it is back.");
  // What was on its way is read, then there are repetitions alone.
  more(receiver.frames(100));
  const auto held = more(receiver.frames(20'000, 10));
  REQUIRE(held.size() == 10);
  CHECK(std::all_of(held.begin(), held.end(), [](const auto& each) { return each.latency == 0; }));
  picture->request_keyframe(1, 0);
  CHECK(idrs(more(until_idr(receiver))) == 1);
  // One that joins meanwhile sees the last picture too, in a format of its own.
  Receiver other;
  ViewerOptions options = viewer_options(2, page);
  options.encoder.format.chroma = Chroma::k444;
  REQUIRE(picture->add_viewer(options).ok());
  picture->set_endpoint(2, Picture::Stream::kVideo, other.endpoint());
  CHECK(idrs(until_idr(other)) == 1);

  more(receiver.frames(1));
  server.start_again("800x600x24");
  REQUIRE(events.wait_for(PictureEvent::Kind::kSourceArea, 20'000, 2));
  CHECK(events.of(PictureEvent::Kind::kSourceArea)[1].area == SourceArea{0, 0, 800, 600, 800, 600});
  const auto notices = events.of(PictureEvent::Kind::kNotice);
  REQUIRE(notices.size() == 2);
  CHECK(notices[1].part == "source");
  CHECK(notices[1].recovered);
  CHECK(notices[1].message == "The X server " + server.display() + " is back.");
  // Its picture is a new one, and no keyframe.
  bool fresh = false;
  for (int tries = 0; !fresh && tries < 100; ++tries) {
    const auto read = more(receiver.frames(100));
    CHECK(idrs(read) == 0);
    fresh =
        std::any_of(read.begin(), read.end(), [](const auto& each) { return each.latency > 0; });
  }
  CHECK(fresh);
  for (std::size_t i = 0; i < frames.size(); ++i) CHECK(frames[i].frame == i + 1);
  CHECK(events.of(PictureEvent::Kind::kFault).empty());
}

TEST_CASE("a send buffer that the system cuts down is told once, with the remedy") {
  Events events;
  Receiver receiver;
  const auto picture = open_picture(pattern(), events);
  ViewerOptions options = viewer_options(1, counter_page());
  options.video.bitrate_kbps = 100'000'000;
  REQUIRE(picture->add_viewer(options).ok());
  std::thread plain_user([&] {
    // The limit does not bind root, and capabilities are a thread's own.
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, 2> none{};
    REQUIRE(syscall(SYS_capset, &header, none.data()) == 0);
    picture->set_endpoint(1, Picture::Stream::kVideo, receiver.endpoint());
    picture->set_endpoint(1, Picture::Stream::kVideo, receiver.endpoint());
  });
  plain_user.join();
  const SendBuffer buffer = picture->take_statistics()[0].video.send_buffer;
  CHECK(buffer.asked == 32 << 20);
  const auto notices = events.of(PictureEvent::Kind::kNotice);
  if (buffer.granted == buffer.asked) {
    CHECK(notices.empty());
    return;
  }
  REQUIRE(notices.size() == 1);
  CHECK(notices[0].viewer == 1);
  CHECK(notices[0].part == "video");
  CHECK(notices[0].message.find(std::to_string(buffer.granted / 1024) + " KiB where 32768 KiB") !=
        std::string::npos);
  CHECK(notices[0].message.find("60-earthshine.conf") != std::string::npos);
}

TEST_CASE("an IDR that the client's packets cannot hold is answered by a smaller one") {
  // 4092 packets of 48 bytes are the most that a frame has.
  constexpr std::size_t kMost = 4092 * 48;
  constexpr int kWidth = 1280, kHeight = 720, kKbps = 400'000;
  Events events;
  Receiver receiver;
  const auto picture =
      open_picture(std::make_unique<NoiseSource>(kWidth, kHeight), events, kWidth, kHeight);
  ViewerOptions options = viewer_options(1, counter_page(), kKbps);
  options.video.packet_size = 64;
  join(*picture, options, receiver.endpoint());
  const auto frames = until_idr(receiver);
  CHECK(frames[0].frame == 1);
  CHECK(frames[0].type == 2);
  const auto figures = picture->take_statistics()[0];
  CHECK(figures.video.frames_dropped == 0);
  CHECK(figures.encoded_bytes <= kMost * (figures.frames_new + figures.frames_repeated));
}

TEST_CASE("an encoder that cannot be had is refused with a sentence") {
  Events events;
  const auto picture = open_picture(pattern(), events);
  ViewerOptions options = viewer_options(1, counter_page());
  options.encoder.codec = VideoCodec::kHevc;
  // Whatever GPU this machine has.
  options.encoder.kinds = {"x264"};
  const auto added = picture->add_viewer(options);
  REQUIRE_FALSE(added.ok());
  CHECK(added.fault().message.find("does not encode HEVC") != std::string::npos);
  CHECK(picture->take_statistics().empty());
  picture->close();
  options.encoder.codec = VideoCodec::kH264;
  CHECK_FALSE(picture->add_viewer(options).ok());
}
