#include "input/queued_pointer_keyboard.h"

#include <poll.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "base/wake_event.h"

namespace earthshine {

namespace {

constexpr Nanoseconds kTooOld = 1'000'000'000;
/// Half a second of the fastest mouse.
constexpr std::size_t kMostWaiting = 512;
constexpr auto kLastWords = std::chrono::milliseconds(150);
/// A call that takes so long is not going to end while its caller waits for it.
constexpr Nanoseconds kHangs = 100'000'000;

}  // namespace

struct QueuedPointerKeyboard::State {
  using Play = std::function<void(PointerKeyboard&)>;
  struct Order {
    Nanoseconds at;
    bool releases;
    Play play;
  };

  void add(bool releases, Play play) {
    {
      const std::lock_guard lock(mutex);
      if (closing) return;
      if (waiting.size() >= kMostWaiting) {
        lost = true;
        return;
      }
      waiting.push_back({now(), releases, std::move(play)});
    }
    wake.set();
  }

  /// Adds a call that can fail.
  /// @param went how the last one of its kind went; that is returned, also when this one is played
  ///   at once
  template <typename Call>
  bool ask(bool releases, std::atomic<bool>& went, Call call) {
    const bool before = went;
    add(releases, [&went, call](PointerKeyboard& to) { went = call(to); });
    return before;
  }

  /// The thread's work.
  void run(PointerKeyboard& devices) {
    while (take_next(devices)) {
    }
    devices.close();
    const std::lock_guard lock(mutex);
    ended = true;
    all_over.notify_all();
  }

  /// @returns false when there is nothing more to do
  bool take_next(PointerKeyboard& devices) {
    Order order{};
    bool release_all = false;
    {
      const std::lock_guard lock(mutex);
      busy_since = 0;
      if (waiting.empty()) {
        release_all = std::exchange(lost, false);
        if (closing && !release_all) return false;
      } else {
        order = std::move(waiting.front());
        waiting.pop_front();
      }
      if (order.play || release_all) busy_since = now();
    }
    if (release_all) devices.release();
    if (!order.play) {
      if (!release_all) sleep(devices);
      return true;
    }
    if (order.releases || now() - order.at < kTooOld) order.play(devices);
    return true;
  }

  /// Until something is asked, or the server says something: its end, most of all.
  void sleep(PointerKeyboard& devices) {
    pollfd events[] = {{wake.descriptor(), POLLIN, 0},
                       {alive ? devices.descriptor() : -1, POLLIN, 0}};
    poll(events, 2, -1);
    wake.clear();
    if (events[1].revents != 0) alive = devices.alive();
  }

  const WakeEvent wake;
  std::mutex mutex;
  std::condition_variable all_over;
  std::deque<Order> waiting;
  /// when the call under way began; 0: none is
  Nanoseconds busy_since = 0;
  bool lost = false, closing = false, begun = false, ended = false;
  std::atomic<bool> alive = true;
  /// how the last call of each kind went
  std::atomic<bool> keyed = true, typed = true, touched = true, drew = true;
};

QueuedPointerKeyboard::QueuedPointerKeyboard() : state_(std::make_shared<State>()) {}

QueuedPointerKeyboard::~QueuedPointerKeyboard() {
  close();
}

void QueuedPointerKeyboard::begin(std::unique_ptr<PointerKeyboard> devices) {
  const std::shared_ptr<PointerKeyboard> shared = std::move(devices);
  {
    const std::lock_guard lock(state_->mutex);
    state_->begun = true;
  }
  try {
    std::thread([state = state_, shared] { state->run(*shared); }).detach();
  } catch (const std::system_error&) {
    const std::lock_guard lock(state_->mutex);
    state_->ended = true;
    state_->alive = false;
  }
}

bool QueuedPointerKeyboard::key(int code, bool down) {
  return state_->ask(!down, state_->keyed,
                     [code, down](PointerKeyboard& to) { return to.key(code, down); });
}

void QueuedPointerKeyboard::move_relative(int dx, int dy) {
  state_->add(false, [dx, dy](PointerKeyboard& to) { to.move_relative(dx, dy); });
}

void QueuedPointerKeyboard::move_absolute(double x, double y) {
  state_->add(false, [x, y](PointerKeyboard& to) { to.move_absolute(x, y); });
}

void QueuedPointerKeyboard::button(int code, bool down) {
  state_->add(!down, [code, down](PointerKeyboard& to) { to.button(code, down); });
}

void QueuedPointerKeyboard::scroll(int vertical, int horizontal) {
  state_->add(false,
              [vertical, horizontal](PointerKeyboard& to) { to.scroll(vertical, horizontal); });
}

bool QueuedPointerKeyboard::text(char32_t code_point) {
  return state_->ask(false, state_->typed,
                     [code_point](PointerKeyboard& to) { return to.text(code_point); });
}

bool QueuedPointerKeyboard::touch(const TouchEvent& event) {
  using Kind = TouchEvent::Kind;
  const bool releases = event.kind == Kind::kUp || event.kind == Kind::kCancel ||
                        event.kind == Kind::kCancelAll || event.kind == Kind::kHoverLeave;
  return state_->ask(releases, state_->touched,
                     [event](PointerKeyboard& to) { return to.touch(event); });
}

bool QueuedPointerKeyboard::pen(const PenEvent& event) {
  using Kind = PenEvent::Kind;
  const bool releases =
      event.kind == Kind::kUp || event.kind == Kind::kCancel || event.kind == Kind::kHoverLeave;
  return state_->ask(releases, state_->drew,
                     [event](PointerKeyboard& to) { return to.pen(event); });
}

bool QueuedPointerKeyboard::alive() {
  return state_->alive;
}

void QueuedPointerKeyboard::close() {
  State& state = *state_;
  std::unique_lock lock(state.mutex);
  if (std::exchange(state.closing, true)) return;
  state.wake.set();
  const bool hangs = state.busy_since != 0 && now() - state.busy_since > kHangs;
  if (!state.begun || hangs) return;
  state.all_over.wait_for(lock, kLastWords, [&] { return state.ended; });
}

}  // namespace earthshine
