#include "pipeline/changed_area.h"

#include <algorithm>
#include <variant>

namespace earthshine {
namespace {

constexpr std::uint64_t kEverything = 100'000;

std::uint64_t share_of(const Grab& grab) {
  if (grab.damage.is_everything()) return kEverything;
  const auto pixels = std::visit(
      [](const auto& view) {
        return static_cast<std::uint64_t>(view.width) * static_cast<std::uint64_t>(view.height);
      },
      grab.picture);
  if (pixels == 0) return 0;
  std::uint64_t changed = 0;
  for (const Rectangle& area : grab.damage.rectangles()) {
    changed += static_cast<std::uint64_t>(area.area());
  }
  // Rectangles may overlap.
  return std::min(changed * kEverything / pixels, kEverything);
}

}  // namespace

void ChangedArea::add(const Grab& grab) {
  sum_.fetch_add(share_of(grab), std::memory_order_relaxed);
  pictures_.fetch_add(1, std::memory_order_release);
}

std::optional<double> ChangedArea::take() {
  const std::uint64_t pictures = pictures_.exchange(0, std::memory_order_acquire);
  const std::uint64_t sum = sum_.exchange(0, std::memory_order_relaxed);
  if (pictures == 0) return std::nullopt;
  return std::min(static_cast<double>(sum) / static_cast<double>(pictures) / 1000.0, 100.0);
}

}  // namespace earthshine
