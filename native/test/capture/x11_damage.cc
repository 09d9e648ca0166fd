// What the X11 source puts together from damaged rows must be what the server shows.

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <vector>

#include "capture/row_bands.h"
#include "capture/x11_client.h"
#include "capture/x11_image.h"
#include "capture/x11_source.h"
#include "support/grabbed_view.h"
#include "support/xvfb.h"

using namespace earthshine;
using earthshine::test::view_of;
using earthshine::test::X11Client;
using earthshine::test::Xvfb;

namespace {

using Pixels = std::vector<std::uint32_t>;

Pixels pixels_of(const BgrxView& view) {
  Pixels pixels(static_cast<std::size_t>(view.width) * view.height);
  std::memcpy(pixels.data(), view.pixels, 4 * pixels.size());
  // The fourth byte of a pixel means nothing.
  for (auto& pixel : pixels) pixel &= 0xFFFFFF;
  return pixels;
}

/// Reads the whole screen by a connection of its own, and draws the cursor into it.
class WholeScreen {
 public:
  explicit WholeScreen(const std::string& display)
      : x11_(std::move(X11Connection::open(display).value())) {
    std::free(xcb_xfixes_query_version_reply(x11_->get(),
                                             xcb_xfixes_query_version(x11_->get(), 4, 0), nullptr));
  }

  Pixels read(int width, int height) {
    if (!image_ || image_->width() != width || image_->height() != height) {
      image_ = std::move(X11Image::create(*x11_, reader_, width, height, true).value());
    }
    REQUIRE(image_->finish(image_->begin(0, 0, 0, height)));
    const X11Reply<xcb_query_pointer_reply_t> pointer(xcb_query_pointer_reply(
        x11_->get(), xcb_query_pointer(x11_->get(), x11_->root()), nullptr));
    painter_.set_image(x11_cursor_image(*x11_));
    painter_.paint(image_->pixels(), width, height, pointer->root_x, pointer->root_y);
    return pixels_of(image_->view());
  }

 private:
  std::unique_ptr<X11Connection> x11_;
  const X11PixelReader reader_{x11_pixel_layout(*x11_).value()};
  std::unique_ptr<X11Image> image_;
  CursorPainter painter_;
};

/// Whether every pixel that differs lies in the damage.
bool covers(const Damage& damage, const Pixels& before, const Pixels& after, int width) {
  if (damage.is_everything()) return true;
  std::vector<bool> damaged(after.size());
  for (const Rectangle& area : damage.rectangles()) {
    for (int y = area.y; y < area.bottom(); ++y) {
      std::fill_n(damaged.begin() + static_cast<std::ptrdiff_t>(y) * width + area.x, area.width,
                  true);
    }
  }
  for (std::size_t i = 0; i < after.size(); ++i) {
    if (before[i] != after[i] && !damaged[i]) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("a picture put together from damaged rows is what the server shows") {
  constexpr int kWidth = 320, kHeight = 240;
  const Xvfb server("320x240x24");
  X11Client client(server.display());
  WholeScreen whole(server.display());
  client.set_cursor(9, 0xFFFF);
  auto source = std::move(
      X11Source::open({.display = server.display(), .screen = "", .cursor = true}).value());
  std::mt19937 random(17);
  const auto below = [&](int end) { return static_cast<int>(random() % end); };

  Pixels before = pixels_of(view_of(source->grab().value()));
  (void)source->poll();
  std::size_t partial = 0;
  bool same = true;
  bool told = true;
  for (int round = 0; round < 1000; ++round) {
    for (int drawn = below(4); drawn > 0; --drawn) {
      client.fill(below(kWidth + 20) - 10, below(kHeight + 20) - 10, 1 + below(24), 1 + below(24),
                  random() & 0xFFFFFF);
    }
    if (below(3) != 0) client.move_pointer(below(kWidth), below(kHeight));
    if (below(40) == 0) client.set_cursor(1 + below(30), static_cast<std::uint16_t>(random()));
    // The answers to the first grab come after the events of what was drawn before it.
    Damage damage = source->grab().value().damage;
    REQUIRE(source->poll().ok());
    auto grabbed = source->grab();
    REQUIRE(grabbed.ok());
    damage.add(grabbed.value().damage);
    const Pixels after = pixels_of(view_of(grabbed.value()));
    same = same && after == whole.read(kWidth, kHeight);
    told = told && covers(damage, before, after, kWidth);
    if (!damage.is_everything()) ++partial;
    before = after;
  }
  CHECK(same);
  CHECK(told);
  CHECK(partial == 1000);
}

TEST_CASE("damage is as large as what was drawn, and nothing on a still screen") {
  const Xvfb server("320x240x24");
  X11Client client(server.display());
  auto source = std::move(
      X11Source::open({.display = server.display(), .screen = "", .cursor = true}).value());
  CHECK(source->grab().value().damage.is_everything());
  (void)source->poll();
  (void)source->grab();
  (void)source->poll();
  CHECK(source->grab().value().damage.empty());

  client.fill(40, 50, 60, 70, 0x00FF00);
  (void)source->grab();
  CHECK(source->poll().value().picture);
  const auto grabbed = source->grab();
  REQUIRE(grabbed.value().damage.rectangles().size() == 1);
  CHECK(grabbed.value().damage.rectangles()[0] == Rectangle{40, 50, 60, 70});

  client.set_screen_size(300, 200);
  (void)source->grab();
  bool everything = false;
  for (int i = 0; i < 3; ++i) {
    (void)source->poll();
    const auto resized = source->grab();
    REQUIRE(resized.ok());
    everything = everything || resized.value().damage.is_everything();
    if (everything) {
      CHECK(view_of(resized.value()).width == 300);
      break;
    }
  }
  CHECK(everything);
}

TEST_CASE("bands are the rows of the damage, from top to bottom, near ones as one") {
  const auto bands = [](std::initializer_list<Rectangle> areas) {
    Damage damage;
    for (const Rectangle& area : areas) damage.add(area);
    const RowBands result = row_bands(damage, 1000);
    return std::vector<RowBand>(result.bands.begin(), result.bands.begin() + result.count);
  };
  CHECK(bands({}).empty());
  CHECK(bands({{5, 500, 10, 20}, {900, 100, 10, 10}}) ==
        std::vector<RowBand>{{100, 10}, {500, 20}});
  CHECK(bands({{0, 100, 10, 10}, {900, 115, 10, 10}}) == std::vector<RowBand>{{100, 25}});
  CHECK(bands({{0, 100, 10, 300}, {900, 150, 10, 10}}) == std::vector<RowBand>{{100, 300}});
  CHECK(bands({{0, 990, 10, 50}}) == std::vector<RowBand>{{990, 10}});
  const RowBands all = row_bands(Damage::everything(), 1000);
  CHECK(all.count == 1);
  CHECK(all.bands[0] == RowBand{0, 1000});
}
