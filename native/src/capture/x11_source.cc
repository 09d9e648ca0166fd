#include "capture/x11_source.h"

#include <xcb/randr.h>

#include <cstring>
#include <utility>

namespace earthshine {
namespace {

/// A pointer that is set to another place (warped) makes no raw motion: it is looked for this
/// often.
constexpr Nanoseconds kPointerInterval = 100'000'000;

template <typename Event>
Event as(const xcb_generic_event_t& event) {
  Event result;
  std::memcpy(&result, &event, sizeof result);
  return result;
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

// Damage and region go with the connection, the image before it.
X11Source::~X11Source() = default;

int X11Source::descriptor() const {
  return xcb_get_file_descriptor(connection_->get());
}

Result<bool> X11Source::begin() {
  xcb_connection_t* connection = connection_->get();
  if (auto shared = x11_can_share_images(*connection_); !shared) return shared;

  const auto* damage = xcb_get_extension_data(connection, &xcb_damage_id);
  const auto* fixes = xcb_get_extension_data(connection, &xcb_xfixes_id);
  if (!present(damage) || !present(fixes)) {
    return Fault{"The X server " + options_.display +
                 " lacks the extensions DAMAGE and XFIXES; it cannot tell what changes."};
  }
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

  damage_ = xcb_generate_id(connection);
  xcb_damage_create(connection, damage_, connection_->root(), XCB_DAMAGE_REPORT_LEVEL_NON_EMPTY);
  region_ = xcb_generate_id(connection);
  xcb_xfixes_create_region(connection, region_, 0, nullptr);

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
  change_ = {};
  return true;
}

void X11Source::mark_changed() {
  if (change_.picture) return;
  change_.picture = true;
  change_.since = now();
}

void X11Source::handle(const xcb_generic_event_t& event) {
  const int type = event.response_type & 0x7F;
  if (type == damage_event_) {
    if (whole_root_ || damage_is_ours()) {
      stale_ = true;
      mark_changed();
    }
  } else if (options_.cursor && type == cursor_event_) {
    cursor_stale_ = true;
    mark_changed();
  } else if (options_.cursor && pointer_watch_->is_motion(event)) {
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

bool X11Source::damage_is_ours() {
  xcb_connection_t* connection = connection_->get();
  xcb_damage_subtract(connection, damage_, XCB_NONE, region_);
  const X11Reply<xcb_xfixes_fetch_region_reply_t> reply(xcb_xfixes_fetch_region_reply(
      connection, xcb_xfixes_fetch_region(connection, region_), nullptr));
  if (!reply) return true;
  const xcb_rectangle_t* parts = xcb_xfixes_fetch_region_rectangles(reply.get());
  const int count = xcb_xfixes_fetch_region_rectangles_length(reply.get());
  for (int i = 0; i < count; ++i) {
    if (parts[i].x < screen_.x + screen_.width && parts[i].x + parts[i].width > screen_.x &&
        parts[i].y < screen_.y + screen_.height && parts[i].y + parts[i].height > screen_.y) {
      return true;
    }
  }
  return false;
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
  const X11Reply<xcb_get_geometry_reply_t> root(xcb_get_geometry_reply(
      connection_->get(), xcb_get_geometry(connection_->get(), connection_->root()), nullptr));
  if (!root) return connection_->lost();
  whole_root_ = chosen->width == root->width && chosen->height == root->height;
  if (chosen->same_place(screen_)) return true;
  if (chosen->width != screen_.width || chosen->height != screen_.height) {
    change_.resized = true;
    change_.width = chosen->width;
    change_.height = chosen->height;
  }
  screen_ = *chosen;
  stale_ = true;
  mark_changed();
  return true;
}

void X11Source::look_for_pointer() {
  const Nanoseconds time = now();
  if (time - pointer_looked_at_ < kPointerInterval) return;
  pointer_looked_at_ = time;
  const X11Reply<xcb_query_pointer_reply_t> pointer(xcb_query_pointer_reply(
      connection_->get(), xcb_query_pointer(connection_->get(), connection_->root()), nullptr));
  if (pointer && (pointer->root_x != pointer_x_ || pointer->root_y != pointer_y_)) mark_changed();
}

Result<SourceChange> X11Source::poll() {
  const auto drain = [this] {
    while (const X11Reply<xcb_generic_event_t> event{xcb_poll_for_event(connection_->get())}) {
      // Errors come this way too: of a detach or a subtraction that a resize has overtaken.
      if (event->response_type != 0) handle(*event);
    }
  };
  drain();
  if (options_.cursor && !change_.picture) look_for_pointer();
  if (screen_stale_) {
    if (auto followed = follow_screen(); !followed) return followed.fault();
  }
  if (!connection_->alive()) return connection_->lost();
  // Replies that were waited for may have brought more; the descriptor will not tell of it.
  drain();
  return std::exchange(change_, {});
}

void X11Source::rearm() {
  xcb_damage_subtract(connection_->get(), damage_, XCB_NONE, XCB_NONE);
  xcb_flush(connection_->get());
}

Result<bool> X11Source::read_image() {
  if (!image_ || image_->width() != screen_.width || image_->height() != screen_.height) {
    auto image = X11Image::create(*connection_, screen_.width, screen_.height);
    if (!image) return image.fault();
    image_ = std::move(image.value());
  }
  // Taken off before reading, so that what is drawn meanwhile is told again.
  xcb_damage_subtract(connection_->get(), damage_, XCB_NONE, XCB_NONE);
  painter_.forget();
  const bool read = image_->finish(image_->begin(screen_.x, screen_.y));
  if (!connection_->alive()) return connection_->lost();
  if (read) stale_ = false;
  return read;
}

void X11Source::paint_cursor(xcb_query_pointer_cookie_t cookie) {
  const X11Reply<xcb_query_pointer_reply_t> pointer(
      xcb_query_pointer_reply(connection_->get(), cookie, nullptr));
  if (!pointer) return;
  if (cursor_stale_) {
    painter_.set_image(x11_cursor_image(*connection_));
    cursor_stale_ = false;
  }
  pointer_x_ = pointer->root_x;
  pointer_y_ = pointer->root_y;
  pointer_looked_at_ = now();
  if (pointer->same_screen == 0) return;
  painter_.paint(image_->pixels(), image_->width(), image_->height(), pointer_x_ - screen_.x,
                 pointer_y_ - screen_.y);
}

Result<Grab> X11Source::grab() {
  xcb_query_pointer_cookie_t pointer{};
  // Sent first and read last: one wait for both answers.
  if (options_.cursor) {
    pointer = xcb_query_pointer(connection_->get(), connection_->root());
    if (image_) painter_.erase(image_->pixels(), image_->width());
  }
  if (stale_ || !image_) {
    auto read = read_image();
    if (read && !read.value()) {
      // The screen changed under our hands; what it is now must work.
      if (auto followed = follow_screen(); !followed) return followed.fault();
      read = read_image();
    }
    if (!read) return read.fault();
    if (!read.value()) {
      return Fault{"The X server " + options_.display + " does not hand out its picture."};
    }
  }
  if (options_.cursor) paint_cursor(pointer);
  if (!connection_->alive()) return connection_->lost();
  return Grab{image_->view(), Damage::everything()};
}

}  // namespace earthshine
