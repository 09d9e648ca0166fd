#pragma once

#include <pipewire/stream.h>

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/wake_event.h"
#include "capture/pipewire/format.h"
#include "capture/pipewire/frame.h"
#include "capture/pipewire/shared_mapping.h"
#include "convert/bgrx_view.h"
#include "convert/damage.h"

namespace earthshine {

/// What a stream has brought since it was asked last.
struct PipewireNews {
  /// of the picture, or of the cursor
  bool changed = false;
  /// SourceChange::latest and period
  Nanoseconds latest = 0, period = 0;
  /// why the stream is at its end; empty while it is not
  std::string end;
};

/// The picture that is shown, and what of it and of the cursor is new.
struct PipewirePicture {
  /// without pixels: there was none yet
  BgrxView view;
  Damage damage;
  std::optional<CursorNews> cursor;
};

/// Takes a stream's buffers and keeps the newest picture for the capture thread, and the one that
/// thread looks at; every other buffer goes back to the producer. Nothing is copied but cursors.
/// Calls may come from any thread.
///
/// A buffer goes back while the next one is taken, and only one: a stream notices one in each turn
/// of the graph. One that the producer fills again before that is dropped without a word.
class PipewireInbox {
 public:
  /// Readable when there are news.
  [[nodiscard]] int descriptor() const { return arrived_.descriptor(); }

  // PipeWire's side.

  /// A fault when its memory cannot be read.
  Result<bool> add(pw_buffer& buffer, const PipewireFormat& format);
  /// The producer takes this buffer away. A picture in it stays readable.
  void remove(pw_buffer& buffer);
  /// The stream ends: none of its buffers is given back any more.
  void remove_all();
  void deliver(pw_stream* stream, pw_buffer& buffer, Nanoseconds arrived);
  void end(std::string reason);

  // The capture thread's side.

  PipewireNews take_news();
  /// The view is valid until the next call.
  PipewirePicture take_picture();

 private:
  struct Buffer {
    std::shared_ptr<SharedMapping> memory;
    PipewireFormat format;
  };
  struct Kept {
    /// null once it was removed
    pw_buffer* buffer = nullptr;
    std::shared_ptr<SharedMapping> memory;
    BgrxView view;
    Rectangle part;
  };

  void release(pw_buffer* buffer);
  bool take_pixels(pw_buffer& buffer, const Buffer& known, Nanoseconds time);
  bool take_cursor(SharedBytes cursor);

  const WakeEvent arrived_;

  std::mutex mutex_;
  std::map<pw_buffer*, Buffer> buffers_;
  /// waits for the capture thread, and is looked at by it
  Kept newest_, held_;
  /// to be given back, the longest released first
  std::array<pw_buffer*, 64> released_{};
  std::size_t released_count_ = 0;
  /// of the newest picture's part of the buffer, as it was before
  Rectangle part_;
  Damage damage_;
  std::optional<CursorNews> cursor_;
  /// where the cursor was told to be last
  CursorNews cursor_before_;
  PipewireNews news_;
  /// FrameHeader::sequence of the last buffer
  std::uint64_t sequence_ = 0;
  /// when the newest picture was made
  Nanoseconds made_ = 0;
};

}  // namespace earthshine
