#pragma once

#include <optional>

#include "pipeline/encode_unit.h"
#include "pipeline/viewer.h"

namespace earthshine {

/// How the threads of one stream are scheduled.
struct ThreadClasses {
  ThreadClass capture = ThreadClass::kNormal, encode = ThreadClass::kNormal,
              send = ThreadClass::kNormal, audio = ThreadClass::kNormal;
};

/// One viewer's figures since the last call. Each part lists its own in its `each`, by the names
/// of server/src/native/statistics.ts, to which server/test/native/statistics.test.ts holds them.
struct ViewerStatistics : ViewerCounts<std::uint64_t>, EncodeFigures {
  std::uint32_t viewer = 0;
  Nanoseconds interval = 0;
  VideoStreamStatistics video;
  AudioStreamStatistics audio;
  /// ChangedArea
  std::optional<double> changed_area{};
  ThreadClass capture_thread = ThreadClass::kNormal, audio_thread = ThreadClass::kNormal;

  /// `visit` is called with the name and the value of each figure.
  template <typename Visit>
  void each(Visit&& visit) const {
    visit("interval", static_cast<double>(interval) / 1e6);
    ViewerCounts::each([&](const char* name, auto count) { visit(name, count(*this)); });
    EncodeFigures::each(visit);
    video.each(visit);
    audio.each(visit);
    visit("changedArea", changed_area);
    visit("sendDrops", video.send_drops + audio.send_drops);
    visit("sendErrors", video.send_errors + audio.send_errors);
    visit("threads", ThreadClasses{.capture = capture_thread,
                                   .encode = encode_thread,
                                   .send = video.send_thread,
                                   .audio = audio_thread});
  }
};

}  // namespace earthshine
