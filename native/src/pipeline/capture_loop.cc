#include "pipeline/capture_loop.h"

#include <poll.h>
#include <pthread.h>
#include <sys/prctl.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <exception>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

namespace earthshine {
namespace {

constexpr Nanoseconds kNoDeadline = -1;
/// The source is asked at least this often, for what announces itself with no descriptor.
constexpr Nanoseconds kLongestSleep = 100'000'000;

}  // namespace

CaptureLoop::CaptureLoop(std::unique_ptr<Source> source, const FrameClock& clock,
                         OnPictureEvent on_event, SharedEncodes& encodes,
                         ConvertedPictures& pictures)
    : frame_interval_(clock.interval()),
      on_event_(std::move(on_event)),
      encodes_(encodes),
      pictures_(pictures),
      source_(std::move(source)),
      clock_(clock) {}

Result<bool> CaptureLoop::start() {
  if (wake_.descriptor() < 0) return Fault{"The media process has no file descriptors left."};
  // A continuous source draws when it is grabbed: its first picture belongs to the first viewer.
  if (!source_->continuous()) {
    auto grabbed = source_->grab();
    if (!grabbed) return grabbed.fault();
    latest_ = grabbed.value().picture;
    number_ = 1;
  }
  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error& error) {
    return Fault{std::string("The capture thread could not be started: ") + error.what() + "."};
  }
  return true;
}

Result<bool> CaptureLoop::replace(std::unique_ptr<Source> source) {
  const std::lock_guard one(replacements_);
  std::unique_lock lock(replacing_);
  if (over_) return Fault{"The picture was closed."};
  next_ = std::move(source);
  has_next_ = true;
  wake_.set();
  replaced_.wait(lock, [this] { return outcome_ || over_; });
  const auto outcome = std::exchange(outcome_, std::nullopt);
  // Its end may wait for whoever hangs behind it: not with the lock, nor on the capture thread.
  const std::unique_ptr<Source> unused = outcome ? std::move(retired_) : std::move(next_);
  lock.unlock();
  if (!outcome) return Fault{"The picture was closed."};
  return *outcome;
}

void CaptureLoop::take_replacement() {
  const std::lock_guard lock(replacing_);
  has_next_ = false;
  if (!next_) return;
  auto grabbed = next_->grab();
  if (!grabbed) {
    outcome_ = grabbed.fault();
    retired_ = std::move(next_);
    replaced_.notify_all();
    return;
  }
  latest_ = grabbed.value().picture;
  pictures_.add_damage(Damage::everything());
  retired_ = std::exchange(source_, std::move(next_));
  outcome_ = true;
  replaced_.notify_all();
  pending_ = true;
  left_out_ = replaces_ = held_ = false;
  pending_latest_ = now();
  pending_period_ = 0;
  on_event_({.kind = PictureEvent::Kind::kNotice,
             .part = "source",
             .message = "The stream shows another screen now.",
             .recovered = true});
}

void CaptureLoop::stop() {
  stopping_ = true;
  wake_.set();
  if (thread_.joinable()) thread_.join();
  {
    const std::lock_guard lock(replacing_);
    over_ = true;
  }
  replaced_.notify_all();
  active_.clear();
  source_.reset();
}

void CaptureLoop::hurry() {
  urgent_ = true;
  wake_.set();
}

void CaptureLoop::room_made() {
  if (wants_room_) wake_.set();
}

void CaptureLoop::run() {
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
  {
    const std::lock_guard lock(replacing_);
    over_ = true;
  }
  replaced_.notify_all();
  if (!reason.empty() && !stopping_) {
    on_event_({.kind = PictureEvent::Kind::kFault, .part = "source", .message = reason});
  }
}

Result<bool> CaptureLoop::take_changes() {
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

Result<bool> CaptureLoop::turn() {
  if (has_next_) take_replacement();
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

Result<bool> CaptureLoop::send_new(Nanoseconds time) {
  const Nanoseconds begun = now();
  auto grab = source_->grab();
  if (!grab) return grab.fault();
  latest_ = grab.value().picture;
  pictures_.add_damage(grab.value().damage);
  changed_area_.add(grab.value());
  ++number_;
  const ConvertedPictures::GrabTime grabbed{.begun = begun, .duration = now() - begun};
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
  for (const auto& unit : active_) pictures_.post(*unit, latest_, number_, captured, grabbed);
  return true;
}

void CaptureLoop::send_again(Nanoseconds time) {
  clock_.take(time, false);
  if (number_ == 0) return;
  for (const auto& unit : active_) {
    // Whatever waits there is at least as new.
    if (unit->has_room()) pictures_.post(*unit, latest_, number_, time, std::nullopt);
  }
}

void CaptureLoop::sleep(Nanoseconds deadline, bool watch_source) {
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
