#include "capture/pipewire/source.h"

#include <fcntl.h>
#include <poll.h>

#include <algorithm>
#include <array>

namespace earthshine {
namespace {

constexpr Nanoseconds kMillisecond = 1'000'000;
/// A producer that works sends what its screen shows at once. gamescope sends nothing while no
/// window is open in it.
constexpr Nanoseconds kLongestWait = 5'000 * kMillisecond;

}  // namespace

Result<std::unique_ptr<Source>> PipewireSource::open(const PipewireSourceOptions& options,
                                                     int remote, std::string& name,
                                                     const WakeEvent* abandoned) {
  auto stream = std::make_unique<PipewireStream>(options, remote, name);
  if (stream->inbox().descriptor() < 0) {
    return Fault{"The media process has no file descriptors left."};
  }
  if (auto started = stream->start(); !started) return started.fault();
  std::unique_ptr<PipewireSource> source(new PipewireSource(std::move(stream)));
  if (auto waited = source->wait_for_picture(abandoned); !waited) return waited.fault();
  name = source->stream_->name();
  return std::unique_ptr<Source>(std::move(source));
}

Result<bool> PipewireSource::wait_for_picture(const WakeEvent* abandoned) {
  const Nanoseconds end = now() + kLongestWait;
  for (;;) {
    const PipewireNews news = stream_->inbox().take_news();
    take_picture();
    if (view_.pixels != nullptr) return true;
    if (!news.end.empty()) return Fault{news.end};
    const Nanoseconds left = end - now();
    if (left <= 0) {
      return Fault{"The screen's stream brings no picture; nothing may be shown on it yet."};
    }
    std::array<pollfd, 2> watched{
        {{descriptor(), POLLIN, 0},
         {abandoned == nullptr ? -1 : abandoned->descriptor(), POLLIN, 0}}};
    ::poll(watched.data(), watched.size(), static_cast<int>(left / kMillisecond) + 1);
    if ((watched[1].revents & POLLIN) != 0) return Fault{"The screen is not wanted any more."};
  }
}

int PipewireSource::descriptor() const {
  return stream_->inbox().descriptor();
}

void PipewireSource::take_picture() {
  PipewirePicture picture = stream_->inbox().take_picture();
  damage_.add(picture.damage);
  if (picture.view.pixels != nullptr) {
    if (picture.view.width != view_.width || picture.view.height != view_.height) {
      area_ = SourceArea{
          0, 0, picture.view.width, picture.view.height, picture.view.width, picture.view.height};
    }
    view_ = picture.view;
  }
  if (!picture.cursor) return;
  if (picture.cursor->image) cursor_.set_image(std::move(*picture.cursor->image));
  if (picture.cursor->visible) {
    cursor_.move(picture.cursor->x, picture.cursor->y);
  } else {
    cursor_.hide();
  }
}

Result<SourceChange> PipewireSource::poll() {
  PipewireNews news = stream_->inbox().take_news();
  if (!news.end.empty()) return Fault{std::move(news.end)};
  SourceChange change;
  change.picture = news.changed;
  change.latest = news.latest;
  change.period = news.period;
  change.area = std::exchange(area_, std::nullopt);
  return change;
}

Result<Grab> PipewireSource::grab() {
  take_picture();
  BgrxView view = view_;
  Damage damage = std::exchange(damage_, {});
  cursor_.apply(view, damage);
  return Grab{view, damage};
}

Result<std::unique_ptr<Source>> PipewireOpener::operator()() {
  if (options_.remote < 0) return PipewireSource::open(options_, -1, name_, abandoned_.get());
  if (std::exchange(used_, true)) return Fault{"The desktop ended the screen's stream."};
  const int remote = fcntl(options_.remote, F_DUPFD_CLOEXEC, 0);
  if (remote < 0) return Fault{"The connection that the desktop handed over has ended."};
  return PipewireSource::open(options_, remote, name_, abandoned_.get());
}

}  // namespace earthshine
