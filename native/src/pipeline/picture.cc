#include "pipeline/picture.h"

#include <poll.h>
#include <pthread.h>
#include <sys/prctl.h>

#include <algorithm>
#include <array>
#include <exception>
#include <utility>

#include "pipeline/heap_limits.h"

namespace earthshine {
namespace {

constexpr Nanoseconds kNoDeadline = -1;
/// The source is asked at least this often, for what announces itself with no descriptor.
constexpr Nanoseconds kLongestSleep = 100'000'000;
/// One being encoded, one waiting, one being converted.
constexpr int kPicturesAtWork = 3;

}  // namespace

Result<std::unique_ptr<Picture>> Picture::open(std::unique_ptr<Source> source,
                                               const PictureMode& mode, OnPictureEvent on_event,
                                               const SharingPatience& patience) {
  std::unique_ptr<Picture> picture(
      new Picture(std::move(source), mode, std::move(on_event), patience));
  if (picture->wake_.descriptor() < 0) {
    return Fault{"The media process has no file descriptors left."};
  }
  // A continuous source draws when it is grabbed: its first picture belongs to the first viewer.
  if (!picture->source_->continuous()) {
    auto grabbed = picture->source_->grab();
    if (!grabbed) return grabbed.fault();
    picture->view_ = grabbed.value().view;
    picture->number_ = 1;
  }
  picture->thread_ = std::thread([self = picture.get()] { self->capture_pictures(); });
  return picture;
}

Picture::Picture(std::unique_ptr<Source> source, const PictureMode& mode, OnPictureEvent on_event,
                 const SharingPatience& patience)
    : mode_(mode),
      on_event_(std::move(on_event)),
      source_(std::move(source)),
      encodes_(
          patience, on_event_,
          [this] {
            if (wants_room_) wake();
          },
          [this] { hurry(); }),
      clock_(mode.rate_numerator, mode.rate_denominator, now()) {}

Picture::~Picture() {
  close();
}

void Picture::wake() {
  wake_.set();
}

void Picture::hurry() {
  urgent_ = true;
  wake();
}

std::shared_ptr<Viewer> Picture::find(std::uint32_t viewer) const {
  const std::lock_guard lock(viewers_mutex_);
  for (const auto& each : viewers_) {
    if (each->id() == viewer) return each;
  }
  return nullptr;
}

Result<bool> Picture::add_viewer(ViewerOptions options) {
  options.encoder.width = mode_.width;
  options.encoder.height = mode_.height;
  options.encoder.rate_numerator = mode_.rate_numerator;
  options.encoder.rate_denominator = mode_.rate_denominator;
  options.video.frame_interval = clock_.interval();
  const std::lock_guard membership(membership_mutex_);
  if (stopping_) return Fault{"The picture was closed."};
  if (find(options.viewer)) return Fault{"This viewer is in the picture already."};
  auto opened = Viewer::open(options, on_event_);
  if (!opened) return opened.fault();
  const std::shared_ptr<Viewer> viewer = std::move(opened.value());
  prepare(options.encoder.format);
  if (auto joined = encodes_.join(viewer); !joined) {
    forget_unused_formats();
    return joined;
  }
  const std::lock_guard lock(viewers_mutex_);
  viewers_.push_back(viewer);
  return true;
}

bool Picture::remove_viewer(std::uint32_t viewer) {
  const std::lock_guard membership(membership_mutex_);
  {
    std::shared_ptr<Viewer> gone;
    {
      const std::lock_guard lock(viewers_mutex_);
      const auto found = std::find_if(viewers_.begin(), viewers_.end(),
                                      [&](const auto& each) { return each->id() == viewer; });
      if (found == viewers_.end()) return false;
      gone = std::move(*found);
      viewers_.erase(found);
    }
    encodes_.leave(*gone);
    gone->close();
    forget_unused_formats();
  }
  return_free_memory();
  return true;
}

void Picture::set_endpoint(std::uint32_t viewer, Plane plane, const Endpoint& endpoint) {
  const auto found = find(viewer);
  if (!found) return;
  const bool video = plane == Plane::kVideo;
  auto opened = video ? found->set_video_endpoint(endpoint) : found->set_audio_endpoint(endpoint);
  if (!opened) {
    on_event_({.kind = PictureEvent::Kind::kFault,
               .viewer = viewer,
               .part = video ? "video" : "audio",
               .message = opened.fault().message});
    return;
  }
  if (video) hurry();
}

void Picture::request_keyframe(std::uint32_t viewer, Nanoseconds round_trip) {
  const auto found = find(viewer);
  if (!found || !found->request_keyframe(round_trip)) return;
  encodes_.reconsider();
  hurry();
}

void Picture::invalidate(std::uint32_t viewer, std::uint32_t first, std::uint32_t last) {
  const auto found = find(viewer);
  if (!found || !found->invalidate(first, last)) return;
  encodes_.reconsider();
  hurry();
}

void Picture::set_bitrate(std::uint32_t viewer, int kbps) {
  const auto found = find(viewer);
  if (!found) return;
  found->set_bitrate(kbps);
  encodes_.reconsider();
}

void Picture::set_fec_percentage(std::uint32_t viewer, int percentage) {
  if (const auto found = find(viewer)) found->set_fec_percentage(percentage);
}

void Picture::use_batches(std::uint32_t viewer) {
  if (const auto found = find(viewer)) found->use_batches();
}

std::vector<ViewerStatistics> Picture::take_statistics() {
  const auto served = encodes_.take_figures();
  std::vector<ViewerStatistics> result;
  result.reserve(served.size());
  for (const auto& [viewer, encode] : served) {
    ViewerStatistics figures = viewer->take_statistics();
    static_cast<EncodeFigures&>(figures) = encode;
    figures.capture_thread = raiser_.granted();
    result.push_back(figures);
  }
  return result;
}

void Picture::close() {
  const std::lock_guard lock(close_mutex_);
  stopping_ = true;
  wake();
  if (thread_.joinable()) thread_.join();
  const std::lock_guard membership(membership_mutex_);
  encodes_.close();
  Viewers viewers;
  {
    const std::lock_guard guard(viewers_mutex_);
    viewers.swap(viewers_);
  }
  for (const auto& viewer : viewers) viewer->close();
  viewers.clear();
  active_.clear();
  source_.reset();
  forget_unused_formats();
  return_free_memory();
}

void Picture::capture_pictures() {
  pthread_setname_np(pthread_self(), "capture");
  // 1 µs: the default of 50 would be added to every slot.
  prctl(PR_SET_TIMERSLACK, 1000UL);
  raiser_.raise_this_thread(ThreadRole::kLongWork);
  std::string reason;
  try {
    while (!stopping_) {
      auto done = turn();
      if (done) continue;
      reason = done.fault().message;
      break;
    }
  } catch (const std::exception& error) {
    reason = error.what();
  }
  raiser_.finish();
  if (!reason.empty() && !stopping_) {
    on_event_({.kind = PictureEvent::Kind::kFault, .part = "source", .message = reason});
  }
}

Result<bool> Picture::take_changes() {
  auto polled = source_->poll();
  if (!polled) return polled.fault();
  SourceChange& change = polled.value();
  if (change.picture) {
    pending_ = true;
    left_out_ = false;
    pending_latest_ = change.latest;
    pending_period_ = change.period;
  }
  if (change.area) {
    on_event_({.kind = PictureEvent::Kind::kSourceArea, .part = "source", .area = *change.area});
  }
  if (!change.notice.empty()) {
    on_event_({.kind = PictureEvent::Kind::kNotice,
               .part = "source",
               .message = std::move(change.notice),
               .recovered = change.recovered});
  }
  return true;
}

Result<bool> Picture::turn() {
  if (auto taken = take_changes(); !taken) return taken;
  encodes_.wanted(active_);
  if (active_.empty()) {
    // A screen that nobody watches need not tell more than once.
    sleep(kNoDeadline, !pending_);
    return true;
  }

  const Nanoseconds time = now();
  const bool repeat_at_once = urgent_ && !pending_;
  if (pending_ && !left_out_ && !urgent_ && time < clock_.earliest() && clock_.lags()) {
    left_out_ = replaces_ = true;
    source_->rearm();
  }
  Nanoseconds due = pending_ || repeat_at_once ? clock_.earliest() : clock_.repeat_due();
  if (left_out_ && !urgent_) due += clock_.interval();
  const bool hopes = pending_ && !left_out_ && !urgent_ && time >= due;
  if (hopes) {
    due = clock_.best(pending_latest_, pending_period_);
    held_ = held_ || time < due;
  }
  if (time < due) {
    // What comes before a slot that is waited for anyway need not wake anybody.
    sleep(due, !pending_ || left_out_ || hopes);
    return true;
  }
  // Before looking: a mailbox that empties after the look wakes us.
  wants_room_ = true;
  const bool room = std::any_of(active_.begin(), active_.end(),
                                [](const auto& unit) { return unit->has_room(); });
  if (!room) {
    sleep(kNoDeadline, false);
    return true;
  }
  wants_room_ = false;
  urgent_ = false;
  if (pending_) return send_new(time);
  send_again(time);
  return true;
}

Result<bool> Picture::send_new(Nanoseconds time) {
  auto grab = source_->grab();
  if (!grab) return grab.fault();
  view_ = grab.value().view;
  {
    const std::lock_guard lock(viewers_mutex_);
    for (const auto& format : formats_) format->damage.add(grab.value().damage);
  }
  ++number_;
  const Nanoseconds grabbed = now() - time;
  const Nanoseconds early = source_->continuous() ? 0 : clock_.earliest() - pending_latest_;
  // The picture waited for its slot, or the slot for the picture.
  clock_.take(time, true,
              std::exchange(held_, false) ? std::abs(early) : std::max<Nanoseconds>(early, 0));
  if (std::exchange(replaces_, false) && clock_.is_outpaced_by(pending_period_)) {
    clock_.realign(time);
  }
  pending_ = false;
  left_out_ = false;
  const Nanoseconds captured = source_->continuous() ? time : pending_latest_;
  for (const auto& unit : active_) post(*unit, captured, grabbed);
  return true;
}

void Picture::send_again(Nanoseconds time) {
  clock_.take(time, false);
  if (number_ == 0) return;
  for (const auto& unit : active_) {
    // Whatever waits there is at least as new.
    if (unit->has_room()) post(*unit, time, std::nullopt);
  }
}

void Picture::prepare(const YuvFormat& format) {
  if (converted(format)) return;
  auto fresh = std::make_shared<Converted>(mode_, format);
  fresh->pool.warm_up(kPicturesAtWork);
  const std::lock_guard lock(viewers_mutex_);
  formats_.push_back(std::move(fresh));
}

std::shared_ptr<Picture::Converted> Picture::converted(const YuvFormat& format) const {
  const std::lock_guard lock(viewers_mutex_);
  for (const auto& each : formats_) {
    if (each->pool.format() == format) return each;
  }
  return nullptr;
}

void Picture::forget_unused_formats() {
  std::vector<std::shared_ptr<Converted>> unused;
  const std::lock_guard lock(viewers_mutex_);
  const auto used = [&](const auto& format) {
    return std::any_of(viewers_.begin(), viewers_.end(), [&](const auto& viewer) {
      return viewer->format() == format->pool.format();
    });
  };
  const auto split = std::stable_partition(formats_.begin(), formats_.end(), used);
  unused.assign(std::make_move_iterator(split), std::make_move_iterator(formats_.end()));
  formats_.erase(split, formats_.end());
}

void Picture::post(EncodeUnit& unit, Nanoseconds captured,
                   std::optional<Nanoseconds> capture_time) {
  // add_viewer() has prepared the format of every viewer there is.
  const std::shared_ptr<Converted> target = converted(unit.format());
  if (!target) return;
  if (target->number != number_) {
    const Nanoseconds begin = now();
    target->picture.reset();
    auto picture = target->pool.take();
    target->converter.convert(view_, target->damage, *picture, target->changes);
    target->damage.clear();
    target->picture = std::move(picture);
    target->number_before = std::exchange(target->number, number_);
    target->convert_time = now() - begin;
  }
  EncodeJob job{.picture = target->picture,
                .number = number_,
                .changed_since = capture_time ? target->number_before : number_,
                .captured = captured};
  if (capture_time) {
    job.capture_time = capture_time;
    job.convert_time = target->convert_time;
  }
  unit.post(std::move(job), &target->changes);
}

void Picture::sleep(Nanoseconds deadline, bool watch_source) {
  std::array<pollfd, 2> watched{{{wake_.descriptor(), POLLIN, 0}, {-1, POLLIN, 0}}};
  const int source = source_->descriptor();
  // poll() ignores negative descriptors.
  if (watch_source && source >= 0) watched[1].fd = source;
  const Nanoseconds left = deadline == kNoDeadline
                               ? kLongestSleep
                               : std::clamp<Nanoseconds>(deadline - now(), 0, kLongestSleep);
  const timespec timeout{left / 1'000'000'000, left % 1'000'000'000};
  ppoll(watched.data(), watched.size(), &timeout, nullptr);
  if ((watched[0].revents & POLLIN) != 0) wake_.clear();
}

}  // namespace earthshine
