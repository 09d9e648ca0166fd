#include "capture/x11_source.h"

#include <xcb/randr.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "capture/row_bands.h"
#include "capture/x11_visit.h"

namespace earthshine {
namespace {

/// A pointer that a program sets to another place makes an event only where no window takes it. So
/// it is looked for this often while the screen changes and for a time afterwards, and not at all
/// on a screen that is still.
constexpr Nanoseconds kPointerInterval = 100'000'000;
constexpr Nanoseconds kPointerSearch = 2'000'000'000;

constexpr Nanoseconds kMillisecond = 1'000'000;
/// A screen that somebody drags to another size changes every few milliseconds: each try looks at
/// it anew.
constexpr int kReadTries = 4;
/// A server that refuses for so long is not just being resized.
constexpr Nanoseconds kLongestRefusal = 2000 * kMillisecond;
/// Changes closer together belong to one picture.
constexpr Nanoseconds kOtherPicture = 2 * kMillisecond;
/// Milliseconds; a server's time that is older is of another clock.
constexpr std::int32_t kOldest = 10'000;

template <typename Event>
Event as(const xcb_generic_event_t& event) {
  Event result;
  std::memcpy(&result, &event, sizeof result);
  return result;
}

/// An X server's time is whole milliseconds of the same clock as now().
Nanoseconds time_of(xcb_timestamp_t timestamp) {
  const Nanoseconds time = now();
  const auto milliseconds = static_cast<std::uint32_t>(time / kMillisecond);
  // Of 32 bits, and so right when they run over.
  const auto age = static_cast<std::int32_t>(milliseconds - timestamp);
  if (age < 0 || age > kOldest) return time;
  return std::min(time, (time / kMillisecond - age + 1) * kMillisecond);
}

bool present(const xcb_query_extension_reply_t* extension) {
  return extension != nullptr && extension->present != 0;
}

}  // namespace

Result<std::unique_ptr<Source>> X11Source::open(const X11SourceOptions& options) {
  auto connection = X11Connection::open(options.display);
  if (!connection) return connection.fault();
  std::unique_ptr<X11Source> source(new X11Source(options, std::move(connection.value())));
  if (auto begun = source->begin(); !begun) return begun.fault();
  return std::unique_ptr<Source>(std::move(source));
}

X11Source::X11Source(const X11SourceOptions& options, std::unique_ptr<X11Connection> connection)
    : options_(options), connection_(std::move(connection)) {}

// The damage object goes with the connection, the image before it.
X11Source::~X11Source() = default;

int X11Source::descriptor() const {
  return xcb_get_file_descriptor(connection_->get());
}

Result<std::vector<X11Screen>> X11Source::screens(const std::string& display) {
  const auto connection = visit_x11(display);
  if (!connection) return connection.fault();
  if (auto able = capturable(*connection.value()); !able) return able.fault();
  return x11_screens(*connection.value());
}

Result<X11PixelLayout> X11Source::capturable(const X11Connection& x11) {
  if (!present(xcb_get_extension_data(x11.get(), &xcb_damage_id)) ||
      !present(xcb_get_extension_data(x11.get(), &xcb_xfixes_id))) {
    return Fault{"The X server " + x11.display() +
                 " lacks the extensions DAMAGE and XFIXES; it cannot tell what changes."};
  }
  return x11_pixel_layout(x11);
}

Result<bool> X11Source::begin() {
  xcb_connection_t* connection = connection_->get();
  auto layout = capturable(*connection_);
  if (!layout) return layout.fault();
  reader_.emplace(layout.value());
  shares_ = X11SharedMemory::is_offered(*connection_);
  const auto* damage = xcb_get_extension_data(connection, &xcb_damage_id);
  const auto* fixes = xcb_get_extension_data(connection, &xcb_xfixes_id);
  // Both must be asked for their version before anything else.
  const auto damage_version = xcb_damage_query_version(connection, 1, 1);
  const auto fixes_version = xcb_xfixes_query_version(connection, 4, 0);
  const X11Reply<xcb_damage_query_version_reply_t> damage_reply(
      xcb_damage_query_version_reply(connection, damage_version, nullptr));
  const X11Reply<xcb_xfixes_query_version_reply_t> fixes_reply(
      xcb_xfixes_query_version_reply(connection, fixes_version, nullptr));
  if (!damage_reply || !fixes_reply) return connection_->lost();
  damage_event_ = damage->first_event + XCB_DAMAGE_NOTIFY;
  cursor_event_ = fixes->first_event + XCB_XFIXES_CURSOR_NOTIFY;

  // Every drawing operation tells its bounds: the rectangles are here without a question, and the
  // server keeps no region. 500 small operations a frame cost it 0.65 ms so, 3.1 ms where it tells
  // only what is new in the region, and 2.0 ms where it keeps the region until asked.
  xcb_damage_create(connection, xcb_generate_id(connection), connection_->root(),
                    XCB_DAMAGE_REPORT_LEVEL_RAW_RECTANGLES);

  // Resizes come as ConfigureNotify of the root window, moves of monitors from RandR.
  const std::uint32_t mask = XCB_EVENT_MASK_STRUCTURE_NOTIFY;
  xcb_change_window_attributes(connection, connection_->root(), XCB_CW_EVENT_MASK, &mask);
  const auto* randr = xcb_get_extension_data(connection, &xcb_randr_id);
  if (present(randr)) {
    randr_event_ = randr->first_event;
    xcb_randr_select_input(connection, connection_->root(),
                           XCB_RANDR_NOTIFY_MASK_SCREEN_CHANGE | XCB_RANDR_NOTIFY_MASK_CRTC_CHANGE |
                               XCB_RANDR_NOTIFY_MASK_OUTPUT_CHANGE);
  }
  if (options_.cursor) {
    xcb_xfixes_select_cursor_input(connection, connection_->root(),
                                   XCB_XFIXES_CURSOR_NOTIFY_MASK_DISPLAY_CURSOR);
    pointer_watch_ = std::make_unique<X11PointerWatch>(*connection_);
  }

  auto screens = x11_screens(*connection_);
  if (!screens) return screens.fault();
  if (!choose_screen(screens.value(), options_.screen)) {
    std::string names;
    for (const X11Screen& screen : screens.value()) names += " " + screen.name;
    return Fault{"The X server " + options_.display + " has no monitor \"" + options_.screen +
                 "\", only:" + names + "."};
  }
  if (auto followed = follow_screen(); !followed) return followed;
  change_.area = screen_;
  return true;
}

void X11Source::mark_changed() {
  const Nanoseconds time = now();
  change_.latest = time;
  if (change_.picture) return;
  last_change_ = time;
  change_.picture = true;
}

void X11Source::mark_drawn(xcb_timestamp_t timestamp) {
  mark_changed();
  const Nanoseconds drawn = time_of(timestamp);
  // What is drawn in pieces is one picture.
  if (drawn - drawn_ >= kOtherPicture) period_ = drawn - drawn_;
  drawn_ = std::max(drawn_, drawn);
  change_.latest = drawn_;
  change_.period = period_;
}

void X11Source::handle(const xcb_generic_event_t& event) {
  const int type = event.response_type & 0x7F;
  if (type == damage_event_) {
    const auto notify = as<xcb_damage_notify_event_t>(event);
    const xcb_rectangle_t area = notify.area;
    const Rectangle seen =
        intersection({area.x - screen_.x, area.y - screen_.y, area.width, area.height},
                     {0, 0, screen_.width, screen_.height});
    if (seen.empty()) return;
    damage_.add(seen);
    mark_drawn(notify.timestamp);
  } else if (options_.cursor && type == cursor_event_) {
    cursor_stale_ = pointer_moved_ = true;
    mark_changed();
  } else if (options_.cursor && pointer_watch_->is_motion(event)) {
    pointer_moved_ = true;
    mark_changed();
  } else if (type == XCB_CONFIGURE_NOTIFY) {
    if (as<xcb_configure_notify_event_t>(event).window == connection_->root()) {
      screen_stale_ = true;
    }
  } else if (randr_event_ != 0 && (type == randr_event_ + XCB_RANDR_SCREEN_CHANGE_NOTIFY ||
                                   type == randr_event_ + XCB_RANDR_NOTIFY)) {
    screen_stale_ = true;
  }
}

Result<bool> X11Source::follow_screen() {
  screen_stale_ = false;
  auto screens = x11_screens(*connection_);
  if (!screens) return screens.fault();
  auto chosen = choose_screen(screens.value(), options_.screen);
  if (!chosen) {
    chosen = choose_screen(screens.value(), "");
    change_.notice = "The monitor \"" + options_.screen + "\" is gone; \"" + chosen->name +
                     "\" is shown instead.";
  }
  if (chosen->area == screen_) return true;
  screen_ = chosen->area;
  change_.area = screen_;
  damage_.add_everything();
  mark_changed();
  return true;
}

void X11Source::look_for_pointer() {
  const Nanoseconds time = now();
  if (time - last_change_ > kPointerSearch || time - pointer_looked_at_ < kPointerInterval) return;
  pointer_looked_at_ = time;
  const X11Reply<xcb_query_pointer_reply_t> pointer(xcb_query_pointer_reply(
      connection_->get(), xcb_query_pointer(connection_->get(), connection_->root()), nullptr));
  if (pointer && (pointer->root_x != pointer_x_ || pointer->root_y != pointer_y_)) {
    pointer_moved_ = true;
    mark_changed();
  }
}

void X11Source::take_events() {
  // One read brings up to 128 events. Only a read that was nearly full asks for another: a system
  // call that says "nothing more" would cost every frame.
  constexpr int kManyEvents = 64;
  int taken = 0;
  do {
    taken = 0;
    X11Reply<xcb_generic_event_t> event(xcb_poll_for_event(connection_->get()));
    while (event) {
      // Errors come this way too: of a detach that a resize has overtaken.
      if (event->response_type != 0) handle(*event);
      ++taken;
      event.reset(xcb_poll_for_queued_event(connection_->get()));
    }
  } while (taken >= kManyEvents);
}

Result<SourceChange> X11Source::poll() {
  // Reading the connection has just left nothing on it; if more comes, the descriptor tells.
  if (!std::exchange(just_read_, false)) take_events();
  if (options_.cursor && !change_.picture) look_for_pointer();
  if (screen_stale_) {
    if (auto followed = follow_screen(); !followed) return followed.fault();
  }
  if (!connection_->alive()) return connection_->lost();
  // Replies that were waited for may have brought more; the descriptor will not tell of it.
  while (const X11Reply<xcb_generic_event_t> event{xcb_poll_for_queued_event(connection_->get())}) {
    if (event->response_type != 0) handle(*event);
  }
  return std::exchange(change_, {});
}

Result<bool> X11Source::read_image(Damage& damage, bool asks_for_pointer) {
  std::unique_ptr<X11Image> fresh;
  if (!image_ || image_->width() != screen_.width || image_->height() != screen_.height) {
    auto created = X11Image::create(*connection_, *reader_, screen_.width, screen_.height, shares_);
    if (!created) return created.fault();
    fresh = std::move(created.value());
    shares_ = fresh->is_shared();
    damage.add_everything();
  }
  const X11Image& image = fresh ? *fresh : *image_;
  const RowBands bands = row_bands(damage, screen_.height);
  std::array<X11Image::Request, Damage::kMost> requests{};
  for (std::size_t i = 0; i < bands.count; ++i) {
    requests[i] = image.begin(screen_.x, screen_.y, bands.bands[i].top, bands.bands[i].rows);
  }
  // Last, because the image takes the server a while, and the pointer may move meanwhile.
  if (asks_for_pointer) {
    pointer_query_ = xcb_query_pointer(connection_->get(), connection_->root());
  }
  bool read = true;
  for (std::size_t i = 0; i < bands.count; ++i) read = image.finish(requests[i]) && read;
  just_read_ = bands.count > 0 || asks_for_pointer;
  if (!connection_->alive()) return connection_->lost();
  if (read && fresh) {
    // The old one is shown until this grab has succeeded.
    if (!handed_out_) handed_out_ = std::move(image_);
    image_ = std::move(fresh);
    painter_.forget();
  }
  return read;
}

Result<bool> X11Source::read_changing_image(Damage& damage, bool asks_for_pointer) {
  auto read = read_image(damage, asks_for_pointer);
  for (int tries = 1; tries < kReadTries && read && !read.value(); ++tries) {
    // The screen changed under our hands; what it is now must work, unless it changes on.
    if (asks_for_pointer) xcb_discard_reply(connection_->get(), pointer_query_.sequence);
    if (auto followed = follow_screen(); !followed) return followed.fault();
    damage.add_everything();
    read = read_image(damage, asks_for_pointer);
  }
  return read;
}

void X11Source::read_pointer() {
  const X11Reply<xcb_query_pointer_reply_t> pointer(
      xcb_query_pointer_reply(connection_->get(), pointer_query_, nullptr));
  if (!pointer) return;
  pointer_x_ = pointer->root_x;
  pointer_y_ = pointer->root_y;
  pointer_here_ = pointer->same_screen != 0;
  pointer_looked_at_ = now();
}

void X11Source::paint_cursor(Damage& damage) {
  const Rectangle before = cursor_area_;
  const bool other_image = std::exchange(cursor_stale_, false);
  if (other_image) painter_.set_image(x11_cursor_image(*connection_));
  if (pointer_here_) {
    painter_.paint(image_->pixels(), image_->width(), image_->height(), pointer_x_ - screen_.x,
                   pointer_y_ - screen_.y);
  }
  cursor_area_ = painter_.area();
  if (other_image || !(cursor_area_ == before)) {
    damage.add(before);
    damage.add(cursor_area_);
  }
}

Result<Grab> X11Source::grab() {
  // The server writes whole rows around what changed, and must not find our cursor there.
  if (options_.cursor && image_) painter_.erase(image_->pixels(), image_->width());
  // A pointer of which no event has told can only have been set elsewhere by a program.
  const bool asks_for_pointer = options_.cursor && (pointer_moved_ || !pointer_watch_->works() ||
                                                    now() - pointer_looked_at_ >= kPointerInterval);
  pointer_moved_ = false;
  // What events tell from now on belongs to the next grab, though this one may show it already.
  Damage damage = std::exchange(damage_, {});
  auto read = read_changing_image(damage, asks_for_pointer);
  if (!read) return read.fault();
  if (read.value()) {
    refused_since_ = 0;
  } else {
    const Nanoseconds time = now();
    if (refused_since_ == 0) refused_since_ = time;
    if (!image_ || time - refused_since_ > kLongestRefusal) {
      return Fault{"The X server " + options_.display + " does not hand out its picture."};
    }
    // Parts of it may be new. The next poll() looks at the screen again.
    damage_.add_everything();
    screen_stale_ = true;
    mark_changed();
  }
  if (asks_for_pointer) read_pointer();
  if (options_.cursor) paint_cursor(damage);
  if (!connection_->alive()) return connection_->lost();
  handed_out_.reset();
  return Grab{image_->view(), damage};
}

}  // namespace earthshine
