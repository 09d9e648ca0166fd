#pragma once

#include <memory>

#include "input/pointer_keyboard.h"

namespace earthshine {

/// A keyboard and mice of a server that can hang, played on a thread of their own: the caller waits
/// for nobody, and while the server hangs only this input is late. What it returns is how the last
/// call of that kind went.
///
/// What has waited for longer than a second is too old to be meant, and is left out, but for
/// releases. Where more waits than fits, the rest is lost, and everything held is released as soon
/// as the server answers.
class QueuedPointerKeyboard final : public PointerKeyboard {
 public:
  QueuedPointerKeyboard();
  ~QueuedPointerKeyboard() override;

  /// The devices are open: plays what was asked since, on a new thread. Once; from any thread.
  void begin(std::unique_ptr<PointerKeyboard> devices);

  bool key(int code, bool down) override;
  void move_relative(int dx, int dy) override;
  void move_absolute(double x, double y) override;
  void button(int code, bool down) override;
  void scroll(int vertical, int horizontal) override;
  bool text(char32_t code_point) override;
  bool touch(const TouchEvent& event) override;
  bool pen(const PenEvent& event) override;
  [[nodiscard]] bool alive() override;
  /// Waits until all is released, 150 ms at most and not at all while the server hangs already.
  void close() override;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace earthshine
