#include "capture/test_pattern.h"

#include <array>
#include <cstdio>

#include "capture/bitmap_font.h"

namespace earthshine {
namespace {

constexpr std::uint32_t kBlack = 0x000000;

/// Back and forth between 0 and `range`, one way in `period` microseconds.
int bounce(std::uint64_t time, std::uint64_t period, int range) {
  if (range <= 0) return 0;
  const std::uint64_t phase = time % (2 * period);
  const std::uint64_t way = phase < period ? phase : 2 * period - phase;
  return static_cast<int>(way * static_cast<std::uint64_t>(range) / period);
}

}  // namespace

TestPattern::TestPattern(int width, int height, bool hdr)
    : width_(width),
      height_(height),
      hdr_(hdr),
      colors_(hdr ? hdr_pattern_colors() : sdr_pattern_colors()),
      background_(width, height),
      picture_(width, height) {
  draw_background();
  picture_.copy(background_, {0, 0, width, height});
}

void TestPattern::draw_background() {
  const int strip = strip_cell(0, kStripRows - 1, width_, height_).bottom;
  const int ramp = height_ * 4 / 5;
  for (int bar = 0; bar < 7; ++bar) {
    const int left = bar * width_ / 7;
    background_.fill({left, strip, (bar + 1) * width_ / 7 - left, ramp - strip}, colors_.bars[bar]);
  }
  for (int x = 0; x < width_; ++x) {
    const auto grey =
        static_cast<std::uint32_t>(x * colors_.ramp_end / (width_ > 1 ? width_ - 1 : 1));
    background_.fill({x, ramp, 1, height_ - ramp}, grey << 16 | grey << 8 | grey);
  }
  // Columns of red and of blue in turn: chroma of half the size makes purple of them.
  const Rectangle lines{width_ * 5 / 8, strip, width_ / 4, height_ / 12};
  for (int x = 0; x < lines.width; ++x) {
    background_.fill({lines.x + x, lines.y, 1, lines.height},
                     x % 2 == 0 ? colors_.bars[5] : colors_.bars[6]);
  }
  if (!hdr_) return;
  const int count = static_cast<int>(colors_.patches.size());
  for (int i = 0; i < count; ++i) {
    const int left = i * width_ / count;
    background_.fill({left, ramp - height_ / 12, (i + 1) * width_ / count - left, height_ / 12},
                     colors_.patches[i]);
  }
}

void TestPattern::draw_strip(const PatternStamp& stamp) {
  const StripBits bits = strip_bits(stamp);
  for (int row = 0; row < kStripRows; ++row) {
    for (int column = 0; column < kStripColumns; ++column) {
      const StripCell cell = strip_cell(column, row, width_, height_);
      const bool one = (bits.rows[row] >> (kStripColumns - 1 - column) & 1) != 0;
      picture_.fill({cell.left, cell.top, cell.right - cell.left, cell.bottom - cell.top},
                    one ? colors_.white : kBlack);
    }
  }
}

void TestPattern::draw_text(const PatternStamp& stamp, std::uint32_t wall_milliseconds) {
  const int scale = height_ / 90 + 1;
  const int line = (kGlyphHeight + 2) * scale;
  const int advance = (kGlyphWidth + 1) * scale;
  const Rectangle box{advance, height_ / 4, 13 * advance, 2 * line + scale};
  picture_.fill(box, kBlack);
  moved_.push_back(box);

  std::array<char, 24> text{};
  std::snprintf(text.data(), text.size(), "#%u", stamp.counter);
  picture_.text(box.x + scale, box.y + scale, scale, colors_.white, text.data());
  const std::uint32_t seconds = wall_milliseconds / 1000;
  std::snprintf(text.data(), text.size(), "%02u:%02u:%02u.%03u", seconds / 3600 % 24,
                seconds / 60 % 60, seconds % 60, wall_milliseconds % 1000);
  picture_.text(box.x + scale, box.y + scale + line, scale, colors_.white, text.data());
}

void TestPattern::draw_motion(const PatternStamp& stamp) {
  const int top = height_ / 2;
  const int side = height_ / 8;
  const Rectangle bar{bounce(stamp.microseconds, 4'000'000, width_ - width_ / 40), top, width_ / 40,
                      height_ - top};
  const Rectangle square{bounce(stamp.microseconds, 3'000'000, width_ - side),
                         top + bounce(stamp.microseconds, 1'100'000, height_ - top - side), side,
                         side};
  picture_.fill(bar, colors_.white);
  picture_.fill(square, colors_.square);
  moved_.push_back(bar);
  moved_.push_back(square);
}

BgrxView TestPattern::draw(const PatternStamp& stamp, std::uint32_t wall_milliseconds) {
  damage_.clear();
  if (!drawn_) damage_.add_everything();
  drawn_ = true;
  for (const Rectangle& area : moved_) {
    picture_.copy(background_, area);
    damage_.add(area);
  }
  moved_.clear();
  draw_motion(stamp);
  draw_text(stamp, wall_milliseconds);
  draw_strip(stamp);
  damage_.add({0, 0, width_, strip_cell(0, kStripRows - 1, width_, height_).bottom});
  for (const Rectangle& area : moved_) damage_.add(area);
  return picture_.view();
}

Result<SourceChange> TestPatternSource::poll() {
  SourceChange change;
  change.picture = true;
  change.latest = now();
  return change;
}

Result<Grab> TestPatternSource::grab() {
  timespec wall{};
  clock_gettime(CLOCK_REALTIME, &wall);
  const auto milliseconds =
      static_cast<std::uint32_t>(wall.tv_sec % 86'400 * 1000 + wall.tv_nsec / 1'000'000);
  const BgrxView view =
      pattern_.draw({++counter_, static_cast<std::uint64_t>(now() / 1000)}, milliseconds);
  return Grab{view, pattern_.damage()};
}

}  // namespace earthshine
