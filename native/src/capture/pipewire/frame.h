#pragma once

#include <spa/buffer/buffer.h>
#include <spa/buffer/meta.h>

#include <cstdint>
#include <optional>
#include <span>

#include "base/clock.h"
#include "capture/cursor_image.h"
#include "capture/pipewire/format.h"
#include "convert/bgrx_view.h"
#include "convert/damage.h"

// What a producer, another process, says of a buffer. It lies in memory that the producer can write
// to at any time: everything is copied before it is looked at, and nothing outside of the memory
// that was mapped here is ever read, whatever it says.

namespace earthshine {

/// Shared memory that a producer fills.
using SharedBytes = std::span<const std::uint8_t>;

/// Where the picture is in a buffer's memory, behind which one more byte may be read. Nothing when
/// the buffer has no new pixels (it is marked as damaged or empty: a cursor moved, or the size
/// changes), or when they do not lie in the memory.
std::optional<BgrxView> picture_in(SharedBytes memory, const spa_chunk& told,
                                   const PipewireFormat& format);

/// The regions of a SPA_META_VideoDamage inside a picture of this size; everything when there are
/// none.
Damage damage_in(SharedBytes regions, int width, int height);

/// The part of a picture of this size that a SPA_META_VideoCrop names; all of it where it names
/// none.
Rectangle crop_in(SharedBytes region, int width, int height);
/// This part of the picture, which lies inside it.
BgrxView part_of(const BgrxView& picture, const Rectangle& part);
/// The damage of that part.
Damage damage_of_part(const Damage& damage, const Rectangle& part);

/// A SPA_META_Header.
struct FrameHeader {
  /// when the picture was made (told_time)
  Nanoseconds time = 0;
  /// there are no pixels
  bool corrupted = false;
  /// of this buffer among all that were sent; 0 where it is not told
  std::uint64_t sequence = 0;
};

FrameHeader header_in(SharedBytes header, Nanoseconds arrived);

/// A SPA_META_Cursor.
struct CursorNews {
  /// over the picture
  bool visible = false;
  int x = 0, y = 0;
  /// absent: as before
  std::optional<CursorImage> image;
};

/// Nothing where it is no cursor at all.
std::optional<CursorNews> cursor_in(SharedBytes cursor);

}  // namespace earthshine
