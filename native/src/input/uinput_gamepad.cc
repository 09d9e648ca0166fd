#include <poll.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <thread>
#include <utility>

#include "base/wake_event.h"
#include "input/gamepad.h"
#include "input/pad_layout.h"

namespace earthshine {

namespace {

class UinputGamepad final : public Gamepad {
 public:
  UinputGamepad(PadKind kind, UinputDevice device, OnRumble on_rumble)
      : kind_(kind), device_(std::move(device)), on_rumble_(std::move(on_rumble)) {
    // A stick at rest lies in the middle of its axis, where a new device does not show it.
    if (kind_ == PadKind::kPlaystation) {
      for (const int code : {ABS_X, ABS_Y, ABS_RX, ABS_RY}) device_.emit(EV_ABS, code, 128);
      device_.send();
    }
  }

  ~UinputGamepad() override { close(); }

  Result<bool> start() {
    if (wake_.descriptor() < 0) {
      return Fault{"A pad's event descriptor could not be opened; too many are open."};
    }
    try {
      thread_ = std::thread([this] {
        pthread_setname_np(pthread_self(), "pad feedback");
        run();
      });
    } catch (const std::system_error& error) {
      return Fault{std::string("A pad's thread could not be started: ") + error.what() + "."};
    }
    return true;
  }

  bool state(const PadState& state) override {
    if (closed_ || state == state_) return complete_;
    complete_ = emit_pad(kind_, state_, state, device_);
    state_ = state;
    device_.send();
    return complete_;
  }

  void close() override {
    if (closed_) return;
    state({});
    closed_ = true;
    if (thread_.joinable()) {
      wake_.set();
      thread_.join();
    }
    device_.close();
  }

 private:
  void run() {
    for (;;) {
      int timeout = -1;
      if (const auto next = mixer_.next_change(now())) {
        timeout = static_cast<int>(std::max<Nanoseconds>(*next - now(), 0) / 1'000'000) + 1;
      }
      pollfd waiting[] = {{device_.fd(), POLLIN, 0}, {wake_.descriptor(), POLLIN, 0}};
      if (poll(waiting, 2, timeout) < 0 && errno != EINTR) return;
      if (waiting[1].revents != 0) break;
      if ((waiting[0].revents & (POLLERR | POLLHUP)) != 0) break;
      if ((waiting[0].revents & POLLIN) != 0) take_event();
      tell(mixer_.at(now()));
    }
    tell({});
  }

  void tell(Rumble rumble) {
    if (rumble != std::exchange(told_, rumble)) on_rumble_(rumble);
  }

  void take_event() {
    input_event event{};
    if (read(device_.fd(), &event, sizeof event) != sizeof event) return;
    if (event.type == EV_UINPUT && event.code == UI_FF_UPLOAD) {
      upload(static_cast<std::uint32_t>(event.value));
    } else if (event.type == EV_UINPUT && event.code == UI_FF_ERASE) {
      erase(static_cast<std::uint32_t>(event.value));
    } else if (event.type == EV_FF && event.code == FF_GAIN) {
      mixer_.set_gain(event.value);
    } else if (event.type == EV_FF) {
      mixer_.play(event.code, event.value, now());
    }
  }

  /// The program's call waits until this is answered.
  void upload(std::uint32_t request) {
    uinput_ff_upload upload{};
    upload.request_id = request;
    if (ioctl(device_.fd(), UI_BEGIN_FF_UPLOAD, &upload) < 0) return;
    const ff_effect& effect = upload.effect;
    if (effect.type == FF_RUMBLE) {
      mixer_.upload(effect.id,
                    {.rumble = {effect.u.rumble.strong_magnitude, effect.u.rumble.weak_magnitude},
                     .delay = effect.replay.delay,
                     .length = effect.replay.length},
                    now());
      upload.retval = 0;
    } else {
      upload.retval = -EINVAL;
    }
    ioctl(device_.fd(), UI_END_FF_UPLOAD, &upload);
  }

  void erase(std::uint32_t request) {
    uinput_ff_erase erase{};
    erase.request_id = request;
    if (ioctl(device_.fd(), UI_BEGIN_FF_ERASE, &erase) < 0) return;
    mixer_.erase(static_cast<int>(erase.effect_id));
    erase.retval = 0;
    ioctl(device_.fd(), UI_END_FF_ERASE, &erase);
  }

  const PadKind kind_;
  UinputDevice device_;
  OnRumble on_rumble_;
  PadState state_;
  /// all of the state has a counterpart
  bool complete_ = true;
  bool closed_ = false;
  const WakeEvent wake_;
  // The thread's own.
  RumbleMixer mixer_;
  Rumble told_;
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<Gamepad>> Gamepad::open(PadKind kind, const std::string& name,
                                               OnRumble on_rumble) {
  auto device = UinputDevice::create(describe_pad(kind, name));
  if (!device) return device.fault();
  auto pad = std::make_unique<UinputGamepad>(kind, std::move(device.value()), std::move(on_rumble));
  if (auto started = pad->start(); !started) return started.fault();
  return std::unique_ptr<Gamepad>(std::move(pad));
}

}  // namespace earthshine
