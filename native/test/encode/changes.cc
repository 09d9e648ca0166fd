#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <random>
#include <stdexcept>

#include "encode/decoder.h"
#include "encode/encoder.h"

using namespace earthshine;
using earthshine::test::Bytes;
using earthshine::test::decoded;

namespace {

constexpr int kWidth = 640, kHeight = 360;

enum class Maps { kNone, kTrue, kLying };

/// A still screen on which rectangles of noise, text-like stripes and flat colour appear, the same
/// ones at every run.
class ChangingScreen {
 public:
  explicit ChangingScreen(const YuvFormat& format)
      : picture_(kWidth, kHeight, format), changes_(kWidth, kHeight) {
    for (int plane = 0; plane < 3; ++plane) {
      const auto& target = picture_.plane(plane);
      for (int y = 0; y < target.height; ++y) {
        for (int x = 0; x < target.width; ++x) {
          target.row(y)[x] = static_cast<std::uint8_t>(60 + (x + 2 * y + 40 * plane) % 140);
        }
      }
    }
  }

  /// Nothing, or up to three rectangles; now and then everything.
  void step() {
    changes_.mark_all_unchanged();
    const std::uint32_t kind = random_() % 10;
    if (kind == 0) return;
    const int count = kind < 9 ? static_cast<int>(random_() % 3) + 1 : 6;
    for (int i = 0; i < count; ++i) {
      const int width = static_cast<int>(random_() % 90 + 1) * 2;
      const int height = static_cast<int>(random_() % 60 + 1) * 2;
      paint(static_cast<int>(random_() % (kWidth - 2)) & ~1,
            static_cast<int>(random_() % (kHeight - 2)) & ~1, width, height);
    }
  }
  [[nodiscard]] const YuvPicture& picture() const { return picture_; }
  [[nodiscard]] const ChangeMap& changes() const { return changes_; }
  [[nodiscard]] Bytes bytes() const {
    Bytes all;
    for (int plane = 0; plane < 3; ++plane) {
      const auto& from = picture_.plane(plane);
      for (int y = 0; y < from.height; ++y) {
        all.insert(all.end(), from.row(y), from.row(y) + from.width);
      }
    }
    return all;
  }

 private:
  void paint(int left, int top, int width, int height) {
    width = std::min(width, kWidth - left);
    height = std::min(height, kHeight - top);
    changes_.mark_changed(left, top, width, height);
    const std::uint32_t style = random_() % 3;
    for (int plane = 0; plane < 3; ++plane) {
      const auto& target = picture_.plane(plane);
      const int shift = target.width < kWidth ? 1 : 0;
      const auto level = static_cast<int>(random_() % 180 + 30);
      for (int y = top >> shift; y < (top + height) >> shift; ++y) {
        for (int x = left >> shift; x < (left + width) >> shift; ++x) {
          const int extra = style == 0   ? static_cast<int>(random_() % 24)
                            : style == 1 ? ((x / 3 + y / 5) % 2) * 40
                                         : 0;
          target.row(y)[x] = static_cast<std::uint8_t>(level + extra);
        }
      }
    }
  }

  YuvPicture picture_;
  ChangeMap changes_;
  std::minstd_rand random_{7};
};

struct Outcome {
  /// mean of the pictures' signal-to-noise ratios, decibel
  double quality = 0;
  /// the worst 16×16 block of luma of any picture, mean squared error
  double worst_block = 0;
};

/// Encodes 200 pictures of the changing screen, with an IDR and some invalidations on the way, and
/// compares what a decoder makes of it with the source.
Outcome run(Maps maps, Chroma chroma, int slices) {
  EncoderSettings settings;
  settings.width = kWidth;
  settings.height = kHeight;
  // Enough for every picture at once, so that what is wrong is the maps' fault.
  settings.bitrate_kbps = 40'000;
  settings.slices = slices;
  settings.format.chroma = chroma;
  auto opened = open_encoder(settings);
  if (!opened) throw std::runtime_error(opened.fault().message);
  ChangingScreen screen(settings.format);
  ChangeMap lie(kWidth, kHeight);
  lie.mark_all_unchanged();

  Bytes stream;
  std::vector<Bytes> sources;
  for (int i = 0; i < 200; ++i) {
    if (i > 0) screen.step();
    if (i % 40 == 25) opened.value()->invalidate(static_cast<std::uint64_t>(i - 1));
    const ChangeMap* map = maps == Maps::kNone ? nullptr : &screen.changes();
    // A single lie among true maps.
    if (maps == Maps::kLying && i == 60) map = &lie;
    auto unit = opened.value()->encode(
        {.picture = &screen.picture(), .captured = 1, .force_idr = i == 120, .changes = map});
    REQUIRE(unit.ok());
    stream.insert(stream.end(), unit.value().bytes.begin(), unit.value().bytes.end());
    sources.push_back(screen.bytes());
  }
  const auto pictures = decoded(stream, {.width = kWidth,
                                         .height = kHeight,
                                         .format = chroma == Chroma::k444 ? "yuv444p" : "yuv420p"});
  REQUIRE(pictures.size() == sources.size());
  Outcome outcome;
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    double all = 0;
    for (std::size_t at = 0; at < sources[i].size(); ++at) {
      const double difference = static_cast<double>(sources[i][at]) - pictures[i][at];
      all += difference * difference;
    }
    outcome.quality +=
        10 * std::log10(255.0 * 255 * static_cast<double>(sources[i].size()) / std::max(all, 1.0));
    for (int top = 0; top + 16 <= kHeight; top += 16) {
      for (int left = 0; left + 16 <= kWidth; left += 16) {
        double block = 0;
        for (int y = top; y < top + 16; ++y) {
          for (int x = left; x < left + 16; ++x) {
            const auto at = static_cast<std::size_t>(y) * kWidth + static_cast<std::size_t>(x);
            const double difference = static_cast<double>(sources[i][at]) - pictures[i][at];
            block += difference * difference;
          }
        }
        outcome.worst_block = std::max(outcome.worst_block, block / 256);
      }
    }
  }
  outcome.quality /= static_cast<double>(pictures.size());
  return outcome;
}

}  // namespace

TEST_CASE("with change maps the decoded picture is as good as without, and no block is stale") {
  for (const Chroma chroma : {Chroma::k420, Chroma::k444}) {
    for (const int slices : {1, 4}) {
      CAPTURE(slices);
      const Outcome without = run(Maps::kNone, chroma, slices);
      const Outcome with = run(Maps::kTrue, chroma, slices);
      CHECK(with.quality > without.quality - 0.5);
      CHECK(with.worst_block < without.worst_block * 1.5 + 10);
    }
  }
}

TEST_CASE("the comparison sees one picture whose change was kept from the encoder") {
  CHECK(run(Maps::kLying, Chroma::k420, 1).worst_block >
        4 * run(Maps::kTrue, Chroma::k420, 1).worst_block);
}

TEST_CASE("a map of another size is taken as no map") {
  EncoderSettings settings;
  settings.width = kWidth;
  settings.height = kHeight;
  auto opened = open_encoder(settings);
  REQUIRE(opened.ok());
  const YuvPicture picture(kWidth, kHeight, settings.format);
  const ChangeMap other(64, 64);
  CHECK(opened.value()->encode({.picture = &picture, .changes = &other}).ok());
  CHECK(opened.value()->encode({.picture = &picture, .changes = &other}).ok());
}
