#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/thread_class.h"
#include "encode/encoder.h"
#include "pipeline/job_slot.h"
#include "pipeline/picture_event.h"
#include "pipeline/viewer.h"

namespace earthshine {

/// Whether two viewers can be served by one encode.
bool same_encode(const EncoderSettings& a, const EncoderSettings& b);

/// How an encode gets its encoder.
using OpenEncoder =
    std::function<Result<std::unique_ptr<Encoder>>(const EncoderSettings& settings)>;

/// When an encoder is taken to hang. A software encoder's longest frame is a fraction of this, and
/// a GPU that takes it was reset.
inline constexpr Nanoseconds kLongestFrame = 4'000'000'000;

/// Figures of one encode since the last call; they are those of each of its viewers.
struct EncodeFigures {
  std::uint64_t frames_overwritten = 0;
  /// the encoder's target
  int bitrate_kbps = 0;
  std::size_t encode_viewers = 0;
  /// Encoder::description()
  std::string encoder{};
  ThreadClass encode_thread = ThreadClass::kNormal;

  /// ViewerStatistics
  template <typename Visit>
  void each(Visit&& visit) const {
    visit("framesOverwritten", frames_overwritten);
    visit("encoderKbps", bitrate_kbps);
    visit("encodeViewers", encode_viewers);
    visit("encoder", encoder);
  }
};

/// An encoder with a thread of its own, and the viewers that its frames go to. Methods may be
/// called from any thread.
class EncodeUnit {
 public:
  /// `on_taken` runs on the encode thread whenever there is room for a picture again. Takes as long
  /// as opening the encoder: its threads are children of the encode thread and get its class.
  static Result<std::shared_ptr<EncodeUnit>> open(const EncoderSettings& settings,
                                                  OnPictureEvent on_event,
                                                  std::function<void()> on_taken,
                                                  OpenEncoder open_with = open_encoder,
                                                  Nanoseconds longest_frame = kLongestFrame);
  ~EncodeUnit();
  EncodeUnit(const EncodeUnit&) = delete;
  EncodeUnit& operator=(const EncodeUnit&) = delete;

  /// What it wants its pictures to be.
  [[nodiscard]] const YuvFormat& format() const { return format_; }
  /// With the bitrate that was set last.
  [[nodiscard]] EncoderSettings settings() const;
  /// From the next picture on, without an IDR where the encoder can.
  void set_bitrate(int kbps);

  /// The viewer's first frame from here will be an IDR. Should the encoder have failed meanwhile,
  /// the viewer is told so.
  void add(std::shared_ptr<Viewer> viewer);
  /// Returns when the encode thread does nothing with the viewer any more.
  void remove(const Viewer& viewer);
  [[nodiscard]] std::size_t viewers() const;
  /// The encoder has not failed.
  [[nodiscard]] bool works() const { return !failed_; }

  /// Somebody waits for pictures, and the encoder works.
  [[nodiscard]] bool wanted() const;
  [[nodiscard]] bool has_room() const { return !slot_.occupied(); }
  /// From the capture thread. A picture that waits is replaced.
  void post(EncodeJob job, const ChangeMap* changes);

  /// Also tells, once, of an encoder that has been at one frame for so long that it hangs: its
  /// thread cannot be ended, so the whole process has to be.
  EncodeFigures take_figures();
  /// Ends the thread and gives the encoder's memory back; may be called twice.
  void close();

 private:
  struct Part {
    Viewer* viewer;
    FrameWish wish;
  };

  EncodeUnit(const EncoderSettings& settings, OnPictureEvent on_event,
             std::function<void()> on_taken, Nanoseconds longest_frame);

  void run(std::promise<Result<bool>> opened, const OpenEncoder& open_with);
  /// False when the encoder cannot go on.
  bool encode(const JobSlot::Taken& taken);
  bool serve(const JobSlot::Taken& taken);
  /// Collects who gets the next frame; until end_turn() they stay.
  void begin_turn();
  void end_turn();
  /// Tells those that the frame at work is for.
  void give_notice(const std::string& message);
  /// The encoder cannot go on: tells all viewers, also those that have no endpoint yet.
  void fail(const std::string& message);
  void tell(PictureEvent::Kind kind, std::uint32_t viewer, const std::string& message);
  void tell_of_hang();

  const EncoderSettings settings_;
  const OnPictureEvent on_event_;
  const std::function<void()> on_taken_;
  const Nanoseconds longest_frame_;
  JobSlot slot_;
  std::atomic<bool> failed_ = false;
  std::atomic<int> bitrate_kbps_;
  const YuvFormat format_;
  // What the encoder said of itself; written before `open` returns, never after.
  std::string description_{};
  /// since when the encoder is at a frame; 0: it is not
  std::atomic<Nanoseconds> busy_since_ = 0;
  std::atomic<bool> hang_told_ = false;
  std::atomic<ThreadClass> class_ = ThreadClass::kNormal;
  std::atomic<std::uint64_t> overwritten_ = 0;

  mutable std::mutex viewers_mutex_;
  std::condition_variable turn_ended_;
  std::vector<std::shared_ptr<Viewer>> viewers_;
  /// what the encoder failed with; empty while it works
  std::string failure_;
  /// whom the frame at work goes to
  std::vector<Part> turn_;
  std::uint64_t turns_ = 0;
  bool at_work_ = false;
  int waiting_ = 0;

  // The encode thread's own.
  std::unique_ptr<Encoder> encoder_;
  int encoder_kbps_ = 0;
  std::uint64_t last_number_ = 0;

  std::mutex close_mutex_;
  std::thread thread_;
};

}  // namespace earthshine
