#include "pipeline/shared_encodes.h"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <system_error>
#include <utility>

namespace earthshine {
namespace {

/// A viewer that asked for too many keyframes becomes calm by time alone; nothing tells of it.
constexpr std::chrono::seconds kLookAgain{1};

}  // namespace

SharedEncodes::SharedEncodes(const SharingPatience& patience, OnPictureEvent on_event,
                             std::function<void(const YuvFormat&)> on_opened,
                             std::function<void()> on_taken, std::function<void()> on_moved)
    : patience_(patience),
      on_event_(std::move(on_event)),
      on_opened_(std::move(on_opened)),
      on_taken_(std::move(on_taken)),
      on_moved_(std::move(on_moved)) {}

SharedEncodes::~SharedEncodes() {
  close();
}

Result<SharedEncodes::Unit> SharedEncodes::open_unit(const EncoderSettings& settings) {
  // What was expected in vain goes afterwards: to close it takes as long as to open it.
  const auto expected = std::exchange(expected_, nullptr);
  OpenEncoder open_with = open_encoder;
  if (expected && expected->fits(settings)) {
    open_with = [expected](const EncoderSettings&) { return expected->take(); };
  }
  auto opened = EncodeUnit::open(settings, on_event_, on_taken_, std::move(open_with));
  if (opened) on_opened_(opened.value()->format());
  return opened;
}

void SharedEncodes::expect(std::shared_ptr<ExpectedEncoder> expected) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
  }
  expected->when_opened(on_opened_);
  const std::lock_guard arranging(arranging_);
  expected_ = std::move(expected);
}

Result<bool> SharedEncodes::join(std::shared_ptr<Viewer> viewer) {
  const std::lock_guard arranging(arranging_);
  const EncoderSettings wanted = viewer->wanted();
  Unit unit;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return Fault{"The picture was closed."};
    const auto found = std::find_if(units_.begin(), units_.end(), [&](const Unit& each) {
      return each->works() && same_encode(each->settings(), wanted);
    });
    if (found != units_.end()) unit = *found;
  }
  if (!unit) {
    auto opened = open_unit(wanted);
    if (!opened) return opened.fault();
    unit = std::move(opened.value());
  }
  const std::lock_guard lock(mutex_);
  if (closed_) return Fault{"The picture was closed."};
  if (std::find(units_.begin(), units_.end(), unit) == units_.end()) units_.push_back(unit);
  unit->add(viewer);
  places_.push_back(
      {.viewer = std::move(viewer), .unit = std::move(unit), .rule = SharingRule(patience_)});
  if (places_.size() > 1 && !thread_.joinable()) {
    try {
      thread_ = std::thread([this] { arrange_when_asked(); });
    } catch (const std::system_error&) {
      // Then they share for good.
    }
  }
  return true;
}

void SharedEncodes::leave(const Viewer& viewer) {
  const std::lock_guard arranging(arranging_);
  Unit unit;
  {
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(places_.begin(), places_.end(), [&](const Place& each) {
      return each.viewer.get() == &viewer;
    });
    if (found == places_.end()) return;
    unit = found->unit;
    places_.erase(found);
  }
  unit->remove(viewer);
  bool unused = false;
  {
    const std::lock_guard lock(mutex_);
    unused = forget_if_unused(unit);
    retarget();
  }
  if (unused) unit->close();
}

bool SharedEncodes::forget_if_unused(const Unit& unit) {
  if (std::any_of(places_.begin(), places_.end(),
                  [&](const Place& each) { return each.unit == unit; })) {
    return false;
  }
  return std::erase(units_, unit) > 0;
}

void SharedEncodes::retarget() {
  for (const Unit& unit : units_) {
    std::optional<int> kbps;
    bool agreed = true;
    for (const Place& place : places_) {
      if (place.unit != unit) continue;
      const int wanted = place.viewer->wanted().bitrate_kbps;
      agreed = agreed && kbps.value_or(wanted) == wanted;
      kbps = wanted;
    }
    if (agreed && kbps) unit->set_bitrate(*kbps);
  }
}

void SharedEncodes::reconsider() {
  {
    const std::lock_guard lock(mutex_);
    retarget();
    if (places_.size() < 2) return;
    asks_ = true;
  }
  asked_.notify_one();
}

void SharedEncodes::arrange_when_asked() {
  pthread_setname_np(pthread_self(), "encodes");
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      const bool waits = std::any_of(places_.begin(), places_.end(),
                                     [](const Place& place) { return place.rule.waits(); });
      const auto called = [this] { return asks_ || closed_; };
      if (waits) {
        asked_.wait_for(lock, std::chrono::nanoseconds(patience_.differing), called);
      } else if (somebody_may_return()) {
        asked_.wait_for(lock, kLookAgain, called);
      } else {
        asked_.wait(lock, called);
      }
      if (closed_) return;
      asks_ = false;
    }
    arrange();
  }
}

bool SharedEncodes::somebody_may_return() const {
  return units_.size() > 1 && std::any_of(places_.begin(), places_.end(), [](const Place& place) {
           return place.rule.has_parted();
         });
}

void SharedEncodes::arrange() {
  const std::lock_guard arranging(arranging_);
  // A viewer moves once in a look at most, so this ends.
  for (std::size_t moves = 0; moves < kCounterSlots; ++moves) {
    const auto move = next_move();
    if (!move || !carry_out(*move)) return;
  }
}

std::optional<SharedEncodes::Move> SharedEncodes::next_move() {
  const Nanoseconds time = now();
  const std::lock_guard lock(mutex_);
  if (closed_) return std::nullopt;
  retarget();
  for (Place& place : places_) {
    const Unit match = match_for(place);
    const SharingRule::Situation situation{
        .shares = place.unit->viewers() > 1,
        .agrees = same_encode(place.unit->settings(), place.viewer->wanted()),
        .restless = place.viewer->restless(),
        .has_match = match != nullptr};
    switch (place.rule.decide(situation, time)) {
      case SharingRule::Move::kStay:
        break;
      case SharingRule::Move::kApart:
        return Move{place.viewer, place.unit, nullptr};
      case SharingRule::Move::kTogether:
        return Move{place.viewer, place.unit, match};
    }
  }
  return std::nullopt;
}

SharedEncodes::Unit SharedEncodes::match_for(const Place& place) const {
  const EncoderSettings wanted = place.viewer->wanted();
  for (const Unit& unit : units_) {
    if (unit == place.unit || !unit->works() || !same_encode(unit->settings(), wanted)) continue;
    // Who parted comes back by itself, when its time has come; nobody runs after it.
    const bool calm = std::none_of(places_.begin(), places_.end(), [&](const Place& other) {
      return other.unit == unit &&
             (other.viewer->restless() || (other.rule.has_parted() && !place.rule.has_parted()));
    });
    if (calm) return unit;
  }
  return nullptr;
}

bool SharedEncodes::carry_out(const Move& move) {
  Unit to = move.to;
  if (!to) {
    auto opened = open_unit(move.viewer->wanted());
    if (!opened) {
      on_event_({.kind = PictureEvent::Kind::kNotice,
                 .viewer = move.viewer->id(),
                 .part = "encoder",
                 .message = opened.fault().message});
      return false;
    }
    to = std::move(opened.value());
  }
  move.from->remove(*move.viewer);
  to->add(move.viewer);
  bool unused = false;
  {
    const std::lock_guard lock(mutex_);
    if (std::find(units_.begin(), units_.end(), to) == units_.end()) units_.push_back(to);
    for (Place& place : places_) {
      if (place.viewer == move.viewer) place.unit = to;
    }
    unused = forget_if_unused(move.from);
    retarget();
  }
  on_moved_();
  if (unused) move.from->close();
  return true;
}

std::vector<YuvFormat> SharedEncodes::formats() const {
  // One that is being opened is among them only when it serves somebody.
  const std::lock_guard arranging(arranging_);
  std::vector<YuvFormat> result;
  const std::lock_guard lock(mutex_);
  for (const Unit& unit : units_) result.push_back(unit->format());
  return result;
}

void SharedEncodes::wanted(std::vector<std::shared_ptr<EncodeUnit>>& out) const {
  out.clear();
  const std::lock_guard lock(mutex_);
  for (const Unit& unit : units_) {
    if (unit->wanted()) out.push_back(unit);
  }
}

std::vector<SharedEncodes::Figures> SharedEncodes::take_figures() {
  std::vector<Figures> result;
  const std::lock_guard lock(mutex_);
  result.resize(places_.size());
  for (const Unit& unit : units_) {
    const EncodeFigures figures = unit->take_figures();
    for (std::size_t i = 0; i < places_.size(); ++i) {
      if (places_[i].unit == unit) result[i] = {places_[i].viewer, figures};
    }
  }
  return result;
}

void SharedEncodes::close() {
  const std::lock_guard closing(close_mutex_);
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  asked_.notify_all();
  {
    // A viewer that joins at this moment may start the thread.
    const std::lock_guard arranging(arranging_);
    expected_ = nullptr;
  }
  if (thread_.joinable()) thread_.join();
  std::vector<Unit> units;
  {
    const std::lock_guard lock(mutex_);
    units.swap(units_);
    places_.clear();
  }
  for (const Unit& unit : units) unit->close();
}

}  // namespace earthshine
