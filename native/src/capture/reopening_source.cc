#include "capture/reopening_source.h"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <system_error>
#include <utility>

namespace earthshine {
namespace {

constexpr const char* kLastIsHeld = " The last picture is shown until it is back.";
constexpr const char* kNoneIsHeld = " A plain picture is shown until it is back.";

}  // namespace

Result<std::unique_ptr<Source>> ReopeningSource::open(std::string name, Open open,
                                                      const ReopenPatience& patience,
                                                      Abandon abandon) {
  auto first = open();
  if (!first) return first.fault();
  return std::unique_ptr<Source>(new ReopeningSource(std::move(name), std::move(open), patience,
                                                     std::move(abandon), std::move(first.value())));
}

std::unique_ptr<Source> ReopeningSource::await(std::string name, Open open, Canvas waiting,
                                               const ReopenPatience& patience, Abandon abandon) {
  std::unique_ptr<ReopeningSource> source(
      new ReopeningSource(std::move(name), std::move(open), patience, std::move(abandon), nullptr));
  source->waiting_ = std::move(waiting);
  source->last_ = source->waiting_->view();
  source->held_ = kNoneIsHeld;
  auto first = source->try_to_open();
  if (first) {
    source->source_ = std::move(first.value());
    source->fresh_ = true;
  } else {
    source->lose(first.fault());
  }
  return source;
}

ReopeningSource::ReopeningSource(std::string name, Open open, const ReopenPatience& patience,
                                 Abandon abandon, std::unique_ptr<Source> source)
    : name_(std::move(name)),
      open_(std::move(open)),
      patience_(patience),
      abandon_(std::move(abandon)),
      source_(std::move(source)),
      held_(kLastIsHeld) {}

ReopeningSource::~ReopeningSource() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (abandon_) abandon_();
  if (thread_.joinable()) thread_.join();
}

int ReopeningSource::descriptor() const {
  return source_ ? source_->descriptor() : -1;
}

void ReopeningSource::rearm() {
  if (source_) source_->rearm();
}

Result<SourceChange> ReopeningSource::poll() {
  if (source_) {
    auto polled = source_->poll();
    if (polled || !last_) return polled;
    lose(polled.fault());
  }
  return look_for_opened();
}

Result<Grab> ReopeningSource::grab() {
  if (source_) {
    auto grabbed = source_->grab();
    if (grabbed) {
      if (std::exchange(fresh_, false)) grabbed.value().damage.add_everything();
      last_ = grabbed.value().picture;
      shown_.reset();
      waiting_.reset();
      held_ = kLastIsHeld;
      return grabbed;
    }
    if (!last_) return grabbed;
    lose(grabbed.fault());
  }
  return Grab{.picture = *last_, .damage = {}};
}

void ReopeningSource::lose(const Fault& fault) {
  if (shown_ || waiting_) {
    source_.reset();
  } else {
    shown_ = std::move(source_);
  }
  told_ = fault.message;
  notice_ = told_ + held_;
  begin_reopening();
}

void ReopeningSource::begin_reopening() {
  try {
    thread_ = std::thread([this] { reopen(); });
  } catch (const std::system_error&) {
    // The next poll() tries again.
  }
}

SourceChange ReopeningSource::look_for_opened() {
  SourceChange change;
  change.notice = std::exchange(notice_, {});
  if (!thread_.joinable()) begin_reopening();
  std::unique_ptr<Source> opened;
  {
    const std::lock_guard lock(mutex_);
    opened = std::move(opened_);
    if (change.notice.empty()) change.notice = std::exchange(explanation_, {});
  }
  if (!opened) return change;
  thread_.join();
  source_ = std::move(opened);
  fresh_ = true;
  change.picture = true;
  change.latest = now();
  change.notice = name_ + " is back.";
  change.recovered = true;
  return change;
}

void ReopeningSource::reopen() {
  pthread_setname_np(pthread_self(), "source");
  const Nanoseconds lost = now();
  Nanoseconds pause = patience_.first;
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, std::chrono::nanoseconds(pause), [this] { return stopping_; })) {
    lock.unlock();
    auto tried = try_to_open();
    lock.lock();
    if (tried) {
      opened_ = std::move(tried.value());
      return;
    }
    if (now() - lost >= patience_.explain && tried.fault().message != told_) {
      told_ = tried.fault().message;
      explanation_ = told_ + held_;
    }
    pause = std::min(2 * pause, patience_.longest);
  }
}

Result<std::unique_ptr<Source>> ReopeningSource::try_to_open() const {
  try {
    auto opened = open_();
    if (!opened) return opened.fault();
    // It is back when it delivers.
    auto grabbed = opened.value()->grab();
    if (!grabbed) return grabbed.fault();
    return opened;
  } catch (const std::exception& error) {
    return Fault{error.what()};
  }
}

}  // namespace earthshine
