#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "pipeline/encode_unit.h"
#include "pipeline/expected_encoder.h"
#include "pipeline/picture_event.h"
#include "pipeline/sharing_rule.h"
#include "pipeline/viewer.h"

namespace earthshine {

/// Which viewer of a picture is served by which encode. Viewers that want the same share one; one
/// whose bitrate is adapted away from the others', or who needs keyframes all the time, gets its
/// own, and comes back when it is like the others again (SharingRule). Encoders are opened and
/// closed on a thread of its own, while the viewer goes on where it was. Methods may be called from
/// any thread.
class SharedEncodes {
 public:
  /// `on_opened` runs with the format that a new encoder wants before anybody is served by it,
  /// `on_taken` on an encode thread whenever it has room again, `on_moved` when a viewer waits for
  /// the first frame of another encoder.
  SharedEncodes(const SharingPatience& patience, OnPictureEvent on_event,
                std::function<void(const YuvFormat&)> on_opened, std::function<void()> on_taken,
                std::function<void()> on_moved);
  ~SharedEncodes();
  SharedEncodes(const SharedEncodes&) = delete;
  SharedEncodes& operator=(const SharedEncodes&) = delete;

  /// Somebody is likely to want this encoder. It serves who joins next, or nobody.
  void expect(std::shared_ptr<ExpectedEncoder> expected);
  /// Opens an encoder, unless one fits.
  Result<bool> join(std::shared_ptr<Viewer> viewer);
  /// Returns when no encode thread does anything with the viewer any more.
  void leave(const Viewer& viewer);
  /// A viewer's bitrate has changed, or it has asked for a keyframe. Never waits.
  void reconsider();

  /// What the encodes want their pictures to be.
  [[nodiscard]] std::vector<YuvFormat> formats() const;
  /// The encodes that want pictures at present.
  void wanted(std::vector<std::shared_ptr<EncodeUnit>>& out) const;
  struct Figures {
    std::shared_ptr<Viewer> viewer;
    EncodeFigures encode;
  };
  /// One entry per viewer, in the order in which they joined.
  std::vector<Figures> take_figures();
  /// Ends every thread; may be called twice.
  void close();

 private:
  using Unit = std::shared_ptr<EncodeUnit>;
  struct Place {
    std::shared_ptr<Viewer> viewer;
    Unit unit;
    SharingRule rule;
  };
  struct Move {
    std::shared_ptr<Viewer> viewer;
    Unit from;
    /// none: an encode of its own
    Unit to;
  };

  void arrange_when_asked();
  /// Whether a viewer that parted might share again without anything being asked. Under the mutex.
  [[nodiscard]] bool somebody_may_return() const;
  void arrange();
  std::optional<Move> next_move();
  [[nodiscard]] Unit match_for(const Place& place) const;
  /// False when there is no encoder for it: then it stays where it is.
  bool carry_out(const Move& move);
  /// An encode whose viewers all want the same gets that bitrate. Under the mutex.
  void retarget();
  /// Forgets the encode if nobody is served by it. Under the mutex; the caller closes it.
  bool forget_if_unused(const Unit& unit);
  Result<Unit> open_unit(const EncoderSettings& settings);

  const SharingPatience patience_;
  const OnPictureEvent on_event_;
  const std::function<void(const YuvFormat&)> on_opened_;
  const std::function<void()> on_taken_, on_moved_;

  /// Held while viewers join, leave and move, which takes as long as opening an encoder. Taken
  /// before `mutex_`.
  mutable std::mutex arranging_;
  mutable std::mutex mutex_;
  std::condition_variable asked_;
  bool asks_ = false, closed_ = false;
  std::vector<Place> places_;
  std::vector<Unit> units_;
  /// Under `arranging_`.
  std::shared_ptr<ExpectedEncoder> expected_;

  std::mutex close_mutex_;
  /// only once there are two viewers
  std::thread thread_;
};

}  // namespace earthshine
