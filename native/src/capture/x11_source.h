#pragma once

#include <xcb/damage.h>
#include <xcb/xfixes.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "capture/source.h"
#include "capture/source_options.h"
#include "capture/x11_connection.h"
#include "capture/x11_cursor.h"
#include "capture/x11_image.h"
#include "capture/x11_pointer_watch.h"
#include "capture/x11_screens.h"

namespace earthshine {

/// A monitor of an X server: woken by XDamage, read through MIT-SHM where the server has it, the
/// cursor from XFixes drawn in. Only rows in which something changed are read, and none while
/// nothing changes. A monitor that changes its size or place is followed; one that disappears is
/// replaced by the primary one.
class X11Source final : public Source {
 public:
  static Result<std::unique_ptr<Source>> open(const X11SourceOptions& options);
  /// The monitors of a display as x11_screens() tells them, if it can be captured.
  static Result<std::vector<X11Screen>> screens(const std::string& display);
  ~X11Source() override;

  [[nodiscard]] int descriptor() const override;
  Result<SourceChange> poll() override;
  /// A screen that changes its size again and again while it is read keeps its last picture for
  /// that moment; poll() tells of the next one at once.
  Result<Grab> grab() override;

 private:
  X11Source(const X11SourceOptions& options, std::unique_ptr<X11Connection> connection);

  /// How the server's pixels are read, or why they cannot be.
  static Result<X11PixelLayout> capturable(const X11Connection& connection);
  Result<bool> begin();
  void take_events();
  void handle(const xcb_generic_event_t& event);
  Result<bool> follow_screen();
  void look_for_pointer();
  /// Reads the rows of this damage, which becomes everything where the image is new; false when the
  /// place is no longer on the root window. A new image takes the old one's place only once it is
  /// read.
  Result<bool> read_image(Damage& damage, bool asks_for_pointer);
  /// The same, once more with what the screen is by then.
  Result<bool> read_changing_image(Damage& damage, bool asks_for_pointer);
  /// The answer to what read_image() asked.
  void read_pointer();
  void paint_cursor(Damage& damage);
  void mark_changed();
  void mark_drawn(xcb_timestamp_t timestamp);

  const X11SourceOptions options_;
  std::unique_ptr<X11Connection> connection_;
  std::uint8_t damage_event_ = 0, cursor_event_ = 0, randr_event_ = 0;
  std::unique_ptr<X11PointerWatch> pointer_watch_;

  SourceArea screen_;
  /// made by begin(); images refer to it
  std::optional<X11PixelReader> reader_;
  /// the server has not yet refused to write into this process's memory
  bool shares_ = true;
  std::unique_ptr<X11Image> image_;
  /// what the last grab handed out, where a newer image has taken its place since
  std::unique_ptr<X11Image> handed_out_;
  /// when the server refused to hand out the screen for the first time in a row; 0: it does not
  Nanoseconds refused_since_ = 0;
  CursorPainter painter_;
  Rectangle cursor_area_;
  xcb_query_pointer_cookie_t pointer_query_{};
  int pointer_x_ = 0, pointer_y_ = 0;
  bool pointer_here_ = false;
  /// since it was read
  bool pointer_moved_ = true;
  Nanoseconds pointer_looked_at_ = 0;
  Nanoseconds last_change_ = 0;
  /// when the newest picture was drawn, and how long after the one before
  Nanoseconds drawn_ = 0, period_ = 0;

  /// of the monitor since it was read
  Damage damage_ = Damage::everything();
  bool cursor_stale_ = true;
  bool screen_stale_ = false;
  SourceChange change_;
  /// a grab has read the connection since the last poll()
  bool just_read_ = false;
};

}  // namespace earthshine
