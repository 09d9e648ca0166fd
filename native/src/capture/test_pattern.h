#pragma once

#include <cstdint>
#include <vector>

#include "capture/canvas.h"
#include "capture/pattern_colors.h"
#include "capture/pattern_strip.h"
#include "capture/source.h"

namespace earthshine {

/// Draws the test pattern: the strip that programs read, the frame number and the time of day for
/// people and cameras, a sweeping bar and a bouncing square over colour bars, a ramp, and lines of
/// one pixel that only full chroma shows; in HDR patches of known light too. Only what moved is
/// drawn again.
class TestPattern {
 public:
  /// @param hdr pixels of PQ and BT.2020 (hdr_pattern_colors)
  TestPattern(int width, int height, bool hdr = false);

  /// `wall_milliseconds` is the time of day (UTC) in milliseconds since midnight.
  BgrxView draw(const PatternStamp& stamp, std::uint32_t wall_milliseconds);
  /// What the last draw() changed.
  [[nodiscard]] const Damage& damage() const { return damage_; }

 private:
  void draw_background();
  void draw_strip(const PatternStamp& stamp);
  void draw_text(const PatternStamp& stamp, std::uint32_t wall_milliseconds);
  void draw_motion(const PatternStamp& stamp);

  int width_, height_;
  bool hdr_;
  const PatternColors& colors_;
  Canvas background_, picture_;
  std::vector<Rectangle> moved_;
  Damage damage_ = Damage::everything();
  bool drawn_ = false;
};

/// The test pattern as a source: always new, drawn when it is grabbed, numbered from 1.
class TestPatternSource final : public Source {
 public:
  TestPatternSource(int width, int height, bool hdr = false) : pattern_(width, height, hdr) {}

  [[nodiscard]] bool continuous() const override { return true; }
  Result<SourceChange> poll() override;
  Result<Grab> grab() override;

 private:
  TestPattern pattern_;
  std::uint32_t counter_ = 0;
};

}  // namespace earthshine
