#include "capture/card.h"

#include <algorithm>
#include <utility>

#include "capture/bitmap_font.h"

namespace earthshine {
namespace {

constexpr std::uint32_t kDarkGrey = 0x202020;
constexpr std::uint32_t kWhite = 0xF0F0F0;
constexpr std::uint32_t kLightGrey = 0xB0B0B0;
/// What of the picture's width the longest line may take, in tenths.
constexpr int kWidthTenths = 8;
/// Rows of a glyph's own size from one line to the next.
constexpr int kLineRows = kGlyphHeight + 5;

int text_width(const std::string& line, int scale) {
  return static_cast<int>(line.size()) * (kGlyphWidth + 1) * scale;
}

/// The largest size at which all of it fits, up to one that is still read as a sentence. The first
/// line is half as large again.
int scale_for(int width, int height, const std::vector<std::string>& lines) {
  int columns = 1;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const int size = text_width(lines[i], i == 0 ? 3 : 2);
    columns = std::max(columns, (size + 1) / 2);
  }
  const int rows = kLineRows * (static_cast<int>(lines.size()) + 1);
  const int fits = std::min(width * kWidthTenths / 10 / columns, height / rows);
  return std::clamp(fits, 1, std::max(1, height / 180));
}

}  // namespace

Canvas draw_card(int width, int height, const std::vector<std::string>& lines) {
  Canvas card(width, height);
  card.fill({0, 0, width, height}, kDarkGrey);
  const int scale = scale_for(width, height, lines);
  const int line_height = kLineRows * scale;
  int y = (height - line_height * static_cast<int>(lines.size())) / 2;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const bool first = i == 0;
    const int size = first ? scale + scale / 2 : scale;
    card.text((width - text_width(lines[i], size)) / 2, y, size, first ? kWhite : kLightGrey,
              lines[i]);
    y += first ? line_height + line_height / 2 : line_height;
  }
  return card;
}

Result<SourceChange> CardSource::poll() {
  SourceChange change;
  change.picture = !std::exchange(told_, true);
  if (change.picture) change.latest = now();
  return change;
}

Result<Grab> CardSource::grab() {
  Grab grab{.picture = card_.view(), .damage = {}};
  if (!std::exchange(grabbed_, true)) grab.damage.add_everything();
  return grab;
}

}  // namespace earthshine
