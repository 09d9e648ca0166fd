#include <doctest/doctest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

#include "audio/layouts.h"
#include "audio/listener.h"
#include "audio/sound_server.h"
#include "audio/virtual_sink.h"
#include "support/sound_session.h"

using namespace earthshine;
using namespace earthshine::test;
using namespace std::chrono_literals;
using Source = AudioTrackOptions::Source;

namespace {

/// In high quality, where the codec keeps the channels apart.
const OpusLayout& layout_of(int channels) {
  for (const auto& row : kLayouts) {
    if (row.layout.channels == channels && row.layout.bitrate > 500'000) return row.layout;
  }
  std::abort();
}

/// The amplitude that `SoundSession::play` gives each tone: 8000 of 32768.
constexpr double kPlayed = 0.244;

bool hears(const Listener& listener, int channel, int tone) {
  return listener.settles(channel, SoundSession::tone(tone), kPlayed * 0.9, kPlayed * 1.1);
}

/// Frames that the server was asked to deliver to a viewer at a time; 0 when it knows of no viewer.
int frames_asked_for() {
  std::string said;
  FILE* listing = popen("pw-cli info all", "r");
  if (listing == nullptr) return 0;
  std::array<char, 4096> piece{};
  while (fgets(piece.data(), piece.size(), listing) != nullptr) said += piece.data();
  pclose(listing);
  const std::size_t viewer = said.find("node.name = \"earthshine-viewer\"");
  if (viewer == std::string::npos) return 0;
  // An object's properties lie between its own "id:" and that of the next one.
  const std::size_t begin = said.rfind("\tid: ", viewer);
  const std::string object = said.substr(begin, said.find("\tid: ", viewer) - begin);
  const std::string key = "node.latency = \"";
  const std::size_t latency = object.find(key);
  return latency == std::string::npos ? 0 : std::atoi(object.c_str() + latency + key.size());
}

/// With the faults in the report. WirePlumber 0.4 may overlook what is written while it starts.
bool made_default(const std::string& name) {
  for (int attempt = 0; attempt < 3; ++attempt) {
    const auto result = write_default_sink(name, 10s);
    if (result) return true;
    MESSAGE(result.fault().message);
  }
  return false;
}

bool silent(const Listener& listener, int channel, int tone) {
  return listener.settles(channel, SoundSession::tone(tone), 0, 0.001);
}

/// How often the listener was told of a fault with these words.
long faults(const Listener& listener, const std::string& words = "") {
  const auto notices = listener.notices();
  return std::count_if(notices.begin(), notices.end(), [&](const auto& each) {
    return !each.recovered && each.message.find(words) != std::string::npos;
  });
}
long recoveries(const Listener& listener) {
  const auto notices = listener.notices();
  return std::count_if(notices.begin(), notices.end(),
                       [](const auto& each) { return each.recovered; });
}

/// Waits until that many were told.
template <typename Count>
bool comes_to(long wanted, Count count) {
  for (int turn = 0; turn < 200 && count() < wanted; ++turn) std::this_thread::sleep_for(50ms);
  return count() == wanted;
}

/// Whether packets come at their rate. A busy machine holds them up now and then, so that one look
/// says little.
bool keeps_the_packet_clock(const Listener& listener) {
  for (int turn = 0; turn < 10; ++turn) {
    const int before = listener.packets();
    const auto begun = std::chrono::steady_clock::now();
    std::this_thread::sleep_for(500ms);
    const auto due = (std::chrono::steady_clock::now() - begun) / 5ms;
    const int packets = listener.packets() - before;
    if (packets >= due * 8 / 10 && packets <= due * 12 / 10 + 2) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("sound: every channel of a sink arrives on its own channel") {
  SoundSession session;
  REQUIRE(session.start());
  for (const int channels : {2, 6, 8}) {
    CAPTURE(channels);
    const std::string name = "earthshine-test-" + std::to_string(channels);
    auto sink = VirtualSink::create({name, "Test", channels});
    REQUIRE_MESSAGE(sink.ok(), sink.fault().message);
    Listener listener(layout_of(channels), Source::kSink, name);
    REQUIRE(listener.opened());
    const auto player = session.play(name, channels);
    for (int channel = 0; channel < channels; ++channel) {
      for (int tone = 0; tone < channels; ++tone) {
        CAPTURE(channel);
        CAPTURE(tone);
        if (tone == channel) {
          CHECK(hears(listener, channel, tone));
        } else {
          CHECK(listener.settles(channel, SoundSession::tone(tone), 0, 0.02));
        }
      }
    }
  }
}

TEST_CASE("sound: programs are not driven in shorter turns than a packet") {
  SoundSession session;
  REQUIRE(session.start());
  auto sink = VirtualSink::create({"earthshine-test", "Test", 2});
  REQUIRE_MESSAGE(sink.ok(), sink.fault().message);
  Listener listener(layout_of(2), Source::kSink, "earthshine-test");
  REQUIRE(listener.opened());
  const auto player = session.play("earthshine-test", 2);
  REQUIRE(hears(listener, 0, 0));
  const int asked = frames_asked_for();
  REQUIRE(asked > 0);
  // PipeWire rounds down to a power of two.
  CHECK(std::bit_floor(static_cast<unsigned>(asked)) >= 240);
}

TEST_CASE("sound: a viewer with fewer or more channels than the sink hears it mixed") {
  SoundSession session;
  REQUIRE(session.start());
  auto wide = VirtualSink::create({"wide", "Test", 6});
  auto narrow = VirtualSink::create({"narrow", "Test", 2});
  REQUIRE(wide.ok());
  REQUIRE(narrow.ok());
  const auto surround = session.play("wide", 6);
  const auto stereo = session.play("narrow", 2);
  {
    Listener listener(layout_of(2), Source::kSink, "wide");
    // Mixed down the whole is turned down; the centre is on both sides, the rear on its own.
    const auto present = [&](int channel, int tone) {
      return listener.settles(channel, SoundSession::tone(tone), 0.05, 0.3);
    };
    const auto absent = [&](int channel, int tone) {
      return listener.settles(channel, SoundSession::tone(tone), 0, 0.03);
    };
    CHECK(present(0, 0));
    CHECK(absent(1, 0));
    CHECK(present(0, 2));
    CHECK(present(1, 2));
    CHECK(present(0, 4));
    CHECK(absent(1, 4));
  }
  {
    Listener listener(layout_of(8), Source::kSink, "narrow");
    CHECK(hears(listener, 0, 0));
    CHECK(hears(listener, 1, 1));
    CHECK(listener.settles(0, SoundSession::tone(1), 0, 0.02));
  }
}

TEST_CASE("sound: without a server packets are silence, and sound comes and goes with it") {
  SoundSession session;
  Listener listener(layout_of(2), Source::kSink, "earthshine-test");
  REQUIRE(listener.opened());
  const auto no_server = [&] { return faults(listener, "No PipeWire server answers"); };
  CHECK(comes_to(1, no_server));
  CHECK(keeps_the_packet_clock(listener));
  // Not again at every try.
  CHECK(no_server() == 1);
  CHECK(recoveries(listener) == 0);

  REQUIRE(session.start());
  auto sink = VirtualSink::create({"earthshine-test", "Test", 2});
  REQUIRE(sink.ok());
  auto player = session.play("earthshine-test", 2);
  REQUIRE(hears(listener, 0, 0));
  CHECK(comes_to(1, [&] { return recoveries(listener); }));

  session.kill();
  REQUIRE(silent(listener, 0, 0));
  CHECK(comes_to(2, no_server));
  CHECK(keeps_the_packet_clock(listener));

  // The sink comes back by itself, and so does the reader.
  REQUIRE(session.start());
  bool found = false;
  for (int turn = 0; turn < 100 && !found; ++turn) {
    std::this_thread::sleep_for(50ms);
    const auto probe = probe_sound();
    found = probe.ok() && probe.value().default_sink == "earthshine-test";
  }
  CHECK(found);
  player = session.play("earthshine-test", 2);
  CHECK(hears(listener, 0, 0));
}

TEST_CASE("sound: a server that stands still means silence, and its return means sound") {
  SoundSession session;
  REQUIRE(session.start());
  auto sink = VirtualSink::create({"earthshine-test", "Test", 2});
  REQUIRE(sink.ok());
  const auto player = session.play("earthshine-test", 2);
  Listener listener(layout_of(2), Source::kSink, "earthshine-test");
  REQUIRE(hears(listener, 0, 0));
  session.freeze();
  CHECK(silent(listener, 0, 0));
  const auto probe = probe_sound(300ms);
  CHECK_FALSE(probe.ok());
  CHECK(probe.fault().message.find("did not answer") != std::string::npos);
  CHECK(comes_to(1, [&] { return faults(listener); }));
  CHECK(keeps_the_packet_clock(listener));
  session.thaw();
  CHECK(hears(listener, 0, 0));
}

TEST_CASE(
    "sound: the default's monitor follows the default, and the default can be set and cleared") {
  SoundSession session;
  REQUIRE(session.start());
  auto first = VirtualSink::create({"first", "First", 2});
  auto second = VirtualSink::create({"second \"two\"", "Second", 2});
  REQUIRE(first.ok());
  REQUIRE(second.ok());
  CHECK(read_default_sink().value().empty());
  REQUIRE(made_default("first"));
  CHECK(read_default_sink().value() == "first");

  auto player = session.play("first", 2);
  Listener listener(layout_of(2), Source::kDefaultMonitor);
  REQUIRE(hears(listener, 0, 0));
  REQUIRE(made_default("second \"two\""));
  CHECK(read_default_sink().value() == "second \"two\"");
  CHECK(silent(listener, 0, 0));
  const auto probe = probe_sound();
  REQUIRE(probe.ok());
  CHECK(probe.value().server == "PipeWire");
  CHECK(probe.value().version.find('.') != std::string::npos);
  CHECK(probe.value().default_sink == "second \"two\"");
  REQUIRE(made_default("first"));
  player = session.play("first", 2);
  CHECK(hears(listener, 0, 0));
  REQUIRE(made_default(""));
  CHECK(read_default_sink().value().empty());
}

TEST_CASE("sound: a name is taken once, and a sink that was closed is gone") {
  SoundSession session;
  REQUIRE(session.start());
  auto sink = VirtualSink::create({"once", "Test", 2});
  REQUIRE(sink.ok());
  const auto again = VirtualSink::create({"once", "Test", 2});
  REQUIRE_FALSE(again.ok());
  CHECK(again.fault().message.find("exists already") != std::string::npos);
  sink.value()->close();
  sink.value()->close();
  bool created = false;
  for (int turn = 0; turn < 20 && !created; ++turn) {
    created = VirtualSink::create({"once", "Test", 8}).ok();
    if (!created) std::this_thread::sleep_for(50ms);
  }
  CHECK(created);
  CHECK_FALSE(VirtualSink::create({"odd", "Test", 3}).ok());
  CHECK_FALSE(VirtualSink::create({"", "Test", 2}).ok());
}

TEST_CASE("sound: owner of a sink, run by the next test" * doctest::skip()) {
  auto sink = VirtualSink::create({"orphan", "Test", 2});
  REQUIRE(sink.ok());
  for (;;) pause();
}

TEST_CASE("sound: a sink goes when its owner is killed") {
  SoundSession session;
  REQUIRE(session.start());
  Child owner({"/proc/self/exe", "--no-skip", "--test-case=sound: owner of a sink*"});
  const auto default_is = [](const std::string& name, bool wanted) {
    for (int turn = 0; turn < 100; ++turn) {
      const auto probe = probe_sound();
      if (probe.ok() && (probe.value().default_sink == name) == wanted) return true;
      std::this_thread::sleep_for(50ms);
    }
    return false;
  };
  REQUIRE(default_is("orphan", true));
  owner.kill();
  CHECK(default_is("orphan", false));
}

TEST_CASE("sound: a track closes in every state") {
  SoundSession session;
  for (int turn = 0; turn < 5; ++turn) {
    Listener listener(layout_of(2), Source::kSink, "nowhere");
    std::this_thread::sleep_for(std::chrono::milliseconds(turn * 40));
    listener.close();
    listener.close();
  }
  REQUIRE(session.start());
  auto sink = VirtualSink::create({"nowhere", "Test", 2});
  REQUIRE(sink.ok());
  const auto player = session.play("nowhere", 2, 5);
  for (int turn = 0; turn < 10; ++turn) {
    Listener listener(layout_of(turn % 2 == 0 ? 2 : 6), Source::kSink, "nowhere");
    std::this_thread::sleep_for(std::chrono::milliseconds(turn * 25));
    listener.close();
    const int packets = listener.packets();
    std::this_thread::sleep_for(20ms);
    CHECK(listener.packets() == packets);
  }
}
