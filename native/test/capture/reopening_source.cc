#include "capture/reopening_source.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "capture/waiting_picture.h"
#include "capture/x11_client.h"
#include "capture/x11_source.h"
#include "support/grabbed_view.h"
#include "support/xvfb.h"

using namespace earthshine;
using namespace earthshine::test;

namespace {

constexpr Nanoseconds kMillisecond = 1'000'000;
constexpr ReopenPatience kPatience{
    .first = 20 * kMillisecond, .longest = 50 * kMillisecond, .explain = 300 * kMillisecond};

ReopeningSource::Open opener(const Xvfb& server, const std::string& screen) {
  return
      [options = X11SourceOptions{.display = server.display(), .screen = screen, .cursor = true}] {
        return X11Source::open(options);
      };
}

Result<std::unique_ptr<Source>> open(const Xvfb& server, const std::string& screen = "") {
  return ReopeningSource::open("The X server " + server.display(), opener(server, screen),
                               kPatience);
}

std::unique_ptr<Source> await(const Xvfb& server, const std::string& screen = "") {
  return ReopeningSource::await("The X server " + server.display(), opener(server, screen),
                                waiting_picture(320, 180), kPatience);
}

/// Asks the source until it tells of such a change.
SourceChange wait_for(Source& source, const std::function<bool(const SourceChange&)>& wanted) {
  for (int i = 0; i < 4000; ++i) {
    auto polled = source.poll();
    REQUIRE(polled.ok());
    if (wanted(polled.value())) return polled.value();
    usleep(5000);
  }
  FAIL("the source did not tell it");
  return {};
}

SourceChange next_notice(Source& source) {
  return wait_for(source, [](const SourceChange& change) { return !change.notice.empty(); });
}

SourceArea next_area(Source& source) {
  return *wait_for(source, [](const SourceChange& change) { return change.area.has_value(); }).area;
}

/// Knows the pictures that are still there.
class Memory {
 public:
  class Pixels {
   public:
    explicit Pixels(Memory& memory) : memory_(memory) { memory_.note(bytes_.data(), true); }
    ~Pixels() { memory_.note(bytes_.data(), false); }
    Pixels(const Pixels&) = delete;
    Pixels& operator=(const Pixels&) = delete;
    [[nodiscard]] BgrxView view() const { return {bytes_.data(), 4, 1, 1}; }

   private:
    Memory& memory_;
    std::array<std::uint8_t, 4> bytes_{};
  };
  [[nodiscard]] bool holds(const Grab& grab) const {
    const std::lock_guard lock(mutex_);
    return alive_.contains(view_of(grab).pixels);
  }

 private:
  void note(const std::uint8_t* pixels, bool alive) {
    const std::lock_guard lock(mutex_);
    if (alive) {
      alive_.insert(pixels);
    } else {
      alive_.erase(pixels);
    }
  }

  // Sources are opened on a thread of their own.
  mutable std::mutex mutex_;
  std::set<const std::uint8_t*> alive_;
};

/// Every grab is a picture of its own, and the one before is gone; fails at its call number
/// `fails_at` (0: as it is opened), and at every later one.
class FailingSource final : public Source {
 public:
  FailingSource(Memory& memory, int fails_at) : memory_(memory), left_(fails_at) {}

  Result<SourceChange> poll() override {
    if (--left_ <= 0) return Fault{"It failed."};
    return SourceChange{.picture = true, .latest = now()};
  }
  Result<Grab> grab() override {
    if (--left_ <= 0) return Fault{"It failed."};
    // The old one must outlive the fault, the new one must be elsewhere.
    auto fresh = std::make_unique<Memory::Pixels>(memory_);
    pixels_ = std::move(fresh);
    return Grab{pixels_->view(), Damage::everything()};
  }

 private:
  Memory& memory_;
  int left_;
  std::unique_ptr<Memory::Pixels> pixels_;
};

}  // namespace

TEST_CASE(
    "whatever call fails, the picture that was handed out stays until the next one is there") {
  constexpr int kMostCalls = 9, kSources = 4;
  for (const bool waits : {false, true}) {
    for (int first = waits ? 1 : 3; first <= kMostCalls; ++first) {
      CAPTURE(waits);
      CAPTURE(first);
      Memory memory;
      std::atomic<int> opened = 0;
      // The first one fails at call `first`, the later ones sooner and sooner. One that is not
      // waited for has handed out a picture before.
      const ReopeningSource::Open open = [&]() -> Result<std::unique_ptr<Source>> {
        const int fails_at = std::max(first - 2 * opened, 0);
        if (++opened > 1 && fails_at == 0) return Fault{"It cannot be opened."};
        return std::unique_ptr<Source>(std::make_unique<FailingSource>(memory, fails_at));
      };
      constexpr ReopenPatience kSoon{.first = kMillisecond, .longest = kMillisecond};
      std::unique_ptr<Source> source;
      if (waits) {
        source = ReopeningSource::await("It", open, waiting_picture(64, 64), kSoon);
      } else {
        auto opening = ReopeningSource::open("It", open, kSoon);
        REQUIRE(opening.ok());
        source = std::move(opening.value());
      }
      std::optional<Grab> last;
      for (int i = 0; i < 60 && opened < kSources; ++i) {
        REQUIRE(source->poll().ok());
        if (last && view_of(*last).width == 1) CHECK(memory.holds(*last));
        const auto grabbed = source->grab();
        REQUIRE(grabbed.ok());
        last = grabbed.value();
        // The plain picture of a source that is waited for is larger.
        if (view_of(*last).width == 1) CHECK(memory.holds(*last));
        usleep(500);
      }
      CHECK(opened >= 2);
    }
  }
}

TEST_CASE("a source that is gone keeps its last picture, and is opened again when it can") {
  Xvfb server("640x480x24");
  auto opened = open(server);
  REQUIRE(opened.ok());
  Source& source = *opened.value();
  {
    X11Client client(server.display());
    client.fill(0, 0, 640, 480, 0xFF8800);
    REQUIRE(source.grab().ok());
    for (int round = 0; round < 2; ++round) {
      server.stop();
      const SourceChange gone = next_notice(source);
      CHECK(gone.notice == "The X server " + server.display() +
                               " went away. The last picture is shown until it is back.");
      CHECK_FALSE(gone.picture);
      CHECK(source.descriptor() == -1);
      const auto held = source.grab();
      REQUIRE(held.ok());
      CHECK(view_of(held.value()).width == 640);
      CHECK(pixel(view_of(held.value()), 300, 200) == 0xFF8800);
      CHECK(held.value().damage.empty());
      // What keeps it away is told once it lasts.
      CHECK(next_notice(source).notice.find("Is it running") != std::string::npos);

      server.start_again("640x480x24");
      X11Client again(server.display());
      again.fill(0, 0, 640, 480, 0xFF8800);
      const SourceChange back = next_notice(source);
      CHECK(back.notice == "The X server " + server.display() + " is back.");
      CHECK(back.recovered);
      CHECK(back.picture);
      CHECK(source.descriptor() >= 0);
      CHECK(next_area(source) == SourceArea{0, 0, 640, 480, 640, 480});
      const auto fresh = source.grab();
      REQUIRE(fresh.ok());
      CHECK(fresh.value().damage.is_everything());
      again.fill(10, 10, 20, 20, 0x0000FF);
      std::uint32_t seen = 0;
      for (int grabs = 0; seen != 0x0000FF && grabs < 20; ++grabs) {
        wait_for(source, [](const SourceChange& change) { return change.picture; });
        const auto next = source.grab();
        REQUIRE(next.ok());
        seen = pixel(view_of(next.value()), 15, 15);
      }
      CHECK(seen == 0x0000FF);
      again.fill(0, 0, 640, 480, 0xFF8800);
      wait_for(source, [](const SourceChange& change) { return change.picture; });
      REQUIRE(source.grab().ok());
    }
  }
}

TEST_CASE("a source that is gone before the grab holds its picture too") {
  Xvfb server("640x480x24");
  auto opened = open(server);
  REQUIRE(opened.ok());
  Source& source = *opened.value();
  REQUIRE(source.grab().ok());
  server.stop();
  const auto held = source.grab();
  REQUIRE(held.ok());
  CHECK(view_of(held.value()).width == 640);
  CHECK(held.value().damage.empty());
  CHECK(next_notice(source).notice.find("went away") != std::string::npos);
  // Back for a moment only: the picture of the first is held on.
  server.start_again("320x240x24");
  CHECK(next_notice(source).recovered);
  CHECK(next_area(source) == SourceArea{0, 0, 320, 240, 320, 240});
  server.stop();
  const auto still = source.grab();
  REQUIRE(still.ok());
  CHECK(view_of(still.value()).width == 640);
  CHECK(view_of(still.value()).row(479)[0] == 0);
}

TEST_CASE("a source that never was is refused, as is one that ends before its first picture") {
  Xvfb server("640x480x24");
  CHECK_FALSE(open(server, "nowhere").ok());
  auto opened = open(server);
  REQUIRE(opened.ok());
  server.stop();
  CHECK_FALSE(opened.value()->grab().ok());
  CHECK_FALSE(opened.value()->poll().ok());
}

TEST_CASE("a source that is awaited shows a plain picture until it is there") {
  Xvfb server("640x480x24");
  server.stop();
  const auto source = await(server);
  CHECK(source->descriptor() == -1);
  for (int round = 0; round < 2; ++round) {
    const auto plain = source->grab();
    REQUIRE(plain.ok());
    CHECK(view_of(plain.value()).width == 320);
    CHECK(view_of(plain.value()).height == 180);
    CHECK(pixel(view_of(plain.value()), 0, 0) == pixel(view_of(plain.value()), 319, 179));
    CHECK(pixel(view_of(plain.value()), 160, 90) != pixel(view_of(plain.value()), 0, 0));
  }
  const std::string reason =
      "The X display \"" + server.display() +
      "\" cannot be opened. Is it running, and may this user connect (xauth)?";
  CHECK(next_notice(*source).notice == reason + " A plain picture is shown until it is back.");
  // It lasts, but there is nothing to add.
  for (int i = 0; i < 100; ++i) {
    const auto polled = source->poll();
    REQUIRE(polled.ok());
    CHECK(polled.value().notice.empty());
    usleep(5000);
  }

  server.start_again("640x480x24");
  X11Client client(server.display());
  client.fill(0, 0, 640, 480, 0xFF8800);
  const SourceChange back = next_notice(*source);
  CHECK(back.notice == "The X server " + server.display() + " is back.");
  CHECK(back.recovered);
  CHECK(back.picture);
  CHECK(next_area(*source) == SourceArea{0, 0, 640, 480, 640, 480});
  const auto fresh = source->grab();
  REQUIRE(fresh.ok());
  CHECK(view_of(fresh.value()).width == 640);
  CHECK(fresh.value().damage.is_everything());
  CHECK(pixel(view_of(fresh.value()), 300, 200) == 0xFF8800);

  // Now there is a last picture.
  server.stop();
  CHECK(next_notice(*source).notice ==
        "The X server " + server.display() +
            " went away. The last picture is shown until it is back.");
  const auto held = source->grab();
  REQUIRE(held.ok());
  CHECK(pixel(view_of(held.value()), 300, 200) == 0xFF8800);
}

TEST_CASE("a source that is awaited and there already is shown at once") {
  Xvfb server("640x480x24");
  X11Client client(server.display());
  client.fill(0, 0, 640, 480, 0xFF8800);
  SUBCASE("from its first picture on") {
    const auto source = await(server);
    const auto first = source->grab();
    REQUIRE(first.ok());
    CHECK(first.value().damage.is_everything());
    CHECK(pixel(view_of(first.value()), 300, 200) == 0xFF8800);
    CHECK(next_area(*source) == SourceArea{0, 0, 640, 480, 640, 480});
  }
  SUBCASE("unless it ends before that") {
    const auto source = await(server);
    server.stop();
    CHECK(next_notice(*source).notice ==
          "The X server " + server.display() +
              " went away. A plain picture is shown until it is back.");
    const auto plain = source->grab();
    REQUIRE(plain.ok());
    CHECK(view_of(plain.value()).width == 320);
  }
}
