#include "pipeline/encode_unit.h"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <exception>
#include <system_error>
#include <utility>

namespace earthshine {
bool same_encode(const EncoderSettings& a, const EncoderSettings& b) {
  return a.codec == b.codec && a.format == b.format && a.light == b.light && a.width == b.width &&
         a.height == b.height && a.rate_numerator == b.rate_numerator &&
         a.rate_denominator == b.rate_denominator && a.bitrate_kbps == b.bitrate_kbps &&
         a.slices == b.slices && a.max_reference_frames == b.max_reference_frames;
}

Result<std::shared_ptr<EncodeUnit>> EncodeUnit::open(const EncoderSettings& settings,
                                                     OnPictureEvent on_event,
                                                     std::function<void()> on_taken,
                                                     OpenEncoder open_with,
                                                     Nanoseconds longest_frame) {
  // The constructor is private.
  std::shared_ptr<EncodeUnit> unit(
      new EncodeUnit(settings, std::move(on_event), std::move(on_taken), longest_frame));
  std::promise<Result<bool>> promise;
  auto answer = promise.get_future();
  try {
    unit->thread_ = std::thread(
        [self = unit.get(), promise = std::move(promise),
         open_with = std::move(open_with)]() mutable { self->run(std::move(promise), open_with); });
  } catch (const std::system_error& error) {
    return Fault{std::string("The encoder's thread could not be started: ") + error.what() + "."};
  }
  auto opened = answer.get();
  if (!opened) return opened.fault();
  return unit;
}

EncodeUnit::EncodeUnit(const EncoderSettings& settings, OnPictureEvent on_event,
                       std::function<void()> on_taken, Nanoseconds longest_frame)
    : settings_(settings),
      on_event_(std::move(on_event)),
      on_taken_(std::move(on_taken)),
      longest_frame_(longest_frame),
      slot_(settings.width, settings.height),
      bitrate_kbps_(settings.bitrate_kbps),
      format_(settings.format),
      encoder_kbps_(settings.bitrate_kbps) {
  turn_.reserve(kCounterSlots);
}

EncodeUnit::~EncodeUnit() {
  close();
}

EncoderSettings EncodeUnit::settings() const {
  EncoderSettings settings = settings_;
  settings.bitrate_kbps = bitrate_kbps_;
  return settings;
}

void EncodeUnit::set_bitrate(int kbps) {
  bitrate_kbps_ = kbps;
}

void EncodeUnit::add(std::shared_ptr<Viewer> viewer) {
  viewer->restart();
  const std::uint32_t id = viewer->id();
  std::string failure;
  {
    const std::lock_guard lock(viewers_mutex_);
    viewers_.push_back(std::move(viewer));
    failure = failure_;
  }
  if (!failure.empty()) tell(PictureEvent::Kind::kFault, id, failure);
}

void EncodeUnit::remove(const Viewer& viewer) {
  // Should this hold the last reference, it is let go without the lock.
  std::shared_ptr<Viewer> gone;
  std::unique_lock lock(viewers_mutex_);
  const auto found = std::find_if(viewers_.begin(), viewers_.end(),
                                  [&](const auto& each) { return each.get() == &viewer; });
  if (found == viewers_.end()) return;
  gone = std::move(*found);
  viewers_.erase(found);
  ++waiting_;
  turn_ended_.wait(lock, [this, turn = turns_] { return !at_work_ || turns_ != turn; });
  --waiting_;
}

std::size_t EncodeUnit::viewers() const {
  const std::lock_guard lock(viewers_mutex_);
  return viewers_.size();
}

bool EncodeUnit::wanted() const {
  if (failed_) return false;
  const std::lock_guard lock(viewers_mutex_);
  return std::any_of(viewers_.begin(), viewers_.end(),
                     [](const auto& viewer) { return viewer->active(); });
}

void EncodeUnit::post(EncodeJob job, const ChangeMap* changes) {
  if (slot_.put(std::move(job), changes)) overwritten_.fetch_add(1, std::memory_order_relaxed);
}

void EncodeUnit::begin_turn() {
  const std::lock_guard lock(viewers_mutex_);
  turn_.clear();
  for (const auto& viewer : viewers_) {
    if (viewer->active()) turn_.push_back({viewer.get(), viewer->begin_frame()});
  }
  at_work_ = true;
}

void EncodeUnit::end_turn() {
  bool told = false;
  {
    const std::lock_guard lock(viewers_mutex_);
    at_work_ = false;
    ++turns_;
    told = waiting_ > 0;
  }
  if (told) turn_ended_.notify_all();
}

void EncodeUnit::tell(PictureEvent::Kind kind, std::uint32_t viewer, const std::string& message) {
  on_event_({.kind = kind, .viewer = viewer, .part = "encoder", .message = message});
}

void EncodeUnit::give_notice(const std::string& message) {
  for (const Part& part : turn_) tell(PictureEvent::Kind::kNotice, part.viewer->id(), message);
}

void EncodeUnit::fail(const std::string& message) {
  std::vector<std::uint32_t> all;
  {
    const std::lock_guard lock(viewers_mutex_);
    failed_ = true;
    failure_ = message;
    for (const auto& viewer : viewers_) all.push_back(viewer->id());
  }
  for (const std::uint32_t viewer : all) tell(PictureEvent::Kind::kFault, viewer, message);
}

void EncodeUnit::run(std::promise<Result<bool>> opened, const OpenEncoder& open_with) {
  pthread_setname_np(pthread_self(), "encode");
  class_ = raise_thread(gettid(), ThreadRole::kLongWork);
  try {
    auto encoder = open_with(settings_);
    if (!encoder) {
      opened.set_value(encoder.fault());
      return;
    }
    encoder_ = std::move(encoder.value());
    description_ = encoder_->description();
  } catch (const std::exception& error) {
    opened.set_value(Fault{std::string("The encoder could not be opened: ") + error.what() + "."});
    return;
  }
  opened.set_value(true);
  while (auto taken = slot_.take()) {
    on_taken_();
    if (!serve(*taken)) break;
  }
}

bool EncodeUnit::serve(const JobSlot::Taken& taken) {
  begin_turn();
  bool goes_on = true;
  try {
    // Without anybody who watches, the encoder's own last picture stays what changes count from.
    if (!turn_.empty()) goes_on = encode(taken);
  } catch (const std::exception& error) {
    fail(error.what());
    goes_on = false;
  }
  end_turn();
  return goes_on;
}

bool EncodeUnit::encode(const JobSlot::Taken& taken) {
  const EncodeJob& job = taken.job;
  if (const int kbps = bitrate_kbps_; kbps != encoder_kbps_) {
    encoder_kbps_ = kbps;
    if (auto changed = encoder_->set_bitrate(kbps); !changed) {
      give_notice(changed.fault().message);
    }
  }
  bool force_idr = false;
  std::uint64_t invalidate_from = 0;
  std::size_t most_bytes = SIZE_MAX;
  for (const Part& part : turn_) {
    const std::uint64_t from = part.wish.invalidate_from;
    force_idr = force_idr || part.wish.keyframe;
    most_bytes = std::min(most_bytes, part.viewer->largest_access_unit());
    if (from != 0 && (invalidate_from == 0 || from < invalidate_from)) invalidate_from = from;
  }
  if (!force_idr && invalidate_from != 0) encoder_->invalidate(invalidate_from);

  const bool repeated = job.number == last_number_;
  const Nanoseconds begin = now();
  busy_since_ = begin;
  auto unit = encoder_->encode(
      {.picture = job.picture.get(),
       .captured = job.captured,
       .repeated = repeated,
       .force_idr = force_idr,
       .changes = job.changed_since == last_number_ && !repeated ? taken.changes : nullptr,
       .most_bytes = most_bytes});
  busy_since_ = 0;
  if (!unit) {
    fail(unit.fault().message);
    return false;
  }
  const Nanoseconds end = now();
  last_number_ = job.number;
  if (job.journey.known()) {
    unit.value().journey = job.journey;
    unit.value().journey.encode = end - begin;
    unit.value().journey.encoded = end;
  }
  for (const Part& part : turn_) part.viewer->deliver(unit.value(), part.wish, job.number);
  return true;
}

void EncodeUnit::tell_of_hang() {
  const Nanoseconds since = busy_since_;
  if (since == 0 || now() - since < longest_frame_ || hang_told_.exchange(true)) return;
  on_event_({.kind = PictureEvent::Kind::kFault,
             .part = "encoder",
             .message = "The encoder (" + description_ + ") did not finish a frame in time."});
}

EncodeFigures EncodeUnit::take_figures() {
  tell_of_hang();
  return {.frames_overwritten = overwritten_.exchange(0, std::memory_order_relaxed),
          .bitrate_kbps = bitrate_kbps_,
          .encode_viewers = viewers(),
          .encoder = description_,
          .encode_thread = class_};
}

void EncodeUnit::close() {
  const std::lock_guard lock(close_mutex_);
  slot_.close();
  if (thread_.joinable()) thread_.join();
  // Others may hold the unit for a moment still: they need not pay for this.
  encoder_.reset();
}

}  // namespace earthshine
