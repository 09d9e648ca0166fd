#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "capture/canvas.h"
#include "capture/source.h"

namespace earthshine {

struct ReopenPatience {
  /// Before the first try; each further one waits twice as long, up to `longest`.
  Nanoseconds first = 250'000'000, longest = 2'000'000'000;
  /// A source that is gone so long tells what keeps it from being opened. Most are back by then.
  Nanoseconds explain = 5'000'000'000;
};

/// A source that outlives what is behind it: when that fails, the last picture stays valid, and it
/// is opened anew on a thread of its own until it delivers. Notices tell both. For sources that are
/// not continuous.
class ReopeningSource final : public Source {
 public:
  /// Opens the source; called again, on the other thread, when that one has failed. May wait.
  using Open = std::function<Result<std::unique_ptr<Source>>()>;
  /// Ends a wait within `Open`, now or later: nobody wants the source any more.
  using Abandon = std::function<void()>;

  /// `name` begins the notice that it is back: "The X server :0".
  static Result<std::unique_ptr<Source>> open(std::string name, Open open,
                                              const ReopenPatience& patience = {},
                                              Abandon abandon = {});
  /// For a source that worked before: one that cannot be opened now counts as gone, and `waiting`
  /// is its picture until it is back.
  static std::unique_ptr<Source> await(std::string name, Open open, Canvas waiting,
                                       const ReopenPatience& patience = {}, Abandon abandon = {});
  ~ReopeningSource() override;

  [[nodiscard]] int descriptor() const override;
  /// A fault only before the first picture.
  Result<SourceChange> poll() override;
  void rearm() override;
  /// The last picture without damage while the source is gone. A fault only before the first one.
  Result<Grab> grab() override;

 private:
  ReopeningSource(std::string name, Open open, const ReopenPatience& patience, Abandon abandon,
                  std::unique_ptr<Source> source);

  void lose(const Fault& fault);
  void begin_reopening();
  void reopen();
  [[nodiscard]] Result<std::unique_ptr<Source>> try_to_open() const;
  SourceChange look_for_opened();

  const std::string name_;
  const Open open_;
  const ReopenPatience patience_;
  const Abandon abandon_;

  // The capture thread's own.
  /// none while it is gone
  std::unique_ptr<Source> source_;
  /// The one before, or the picture instead of one, while `view_` still shows its memory.
  std::unique_ptr<Source> shown_;
  std::optional<Canvas> waiting_;
  /// nothing before the first grab
  std::optional<SourcePicture> last_;
  /// nothing of this source has been handed out
  bool fresh_ = false;
  std::string notice_;
  /// runs while the source is gone
  std::thread thread_;

  // The thread's own while it runs.
  /// what is shown meanwhile, to end a notice with
  const char* held_;
  /// what became of the source, as it was told last
  std::string told_;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::unique_ptr<Source> opened_;
  std::string explanation_;
};

}  // namespace earthshine
