#pragma once

#include <optional>
#include <string>
#include <variant>

#include "base/clock.h"
#include "base/result.h"
#include "convert/bgrx_view.h"
#include "convert/damage.h"

namespace earthshine {

/// Where a source lies on its desktop, in pixels of it.
struct SourceArea {
  int x = 0, y = 0, width = 0, height = 0;
  /// of the whole desktop
  int desktop_width = 0, desktop_height = 0;
  bool operator==(const SourceArea&) const = default;
};

/// What happened to a source since it was asked last.
struct SourceChange {
  /// there is something new to grab
  bool picture = false;
  /// when the newest change of it was made, as far as the source tells; counts for host latency
  Nanoseconds latest = 0;
  /// from the picture before to the newest, 0 where that is unknown: what may be expected again
  Nanoseconds period = 0;
  /// the source's place, once at the start and when its size, its place or the desktop's size is
  /// another one; grab() delivers it. Nothing for a source that lies on no desktop.
  std::optional<SourceArea> area{};
  /// something the owner should know, empty for nothing
  std::string notice;
  /// what the last notice told of is over
  bool recovered = false;
};

/// The forms in which sources hand out a picture: pixels of 8 bits a colour in this process's
/// memory. Ten bits, or a DMA-BUF that stays on the GPU, is one more alternative; the compiler then
/// names the places that have to know it (ConvertedPictures, EncoderPicture).
using SourcePicture = std::variant<BgrxView>;

/// A picture, and what of it differs from the grab before. The first one, and one of another size
/// than before, is damaged everywhere.
struct Grab {
  SourcePicture picture;
  Damage damage;
};

/// Where pictures come from. Opened by its own factory, then used by the capture thread alone; the
/// destructor releases everything.
class Source {
 public:
  virtual ~Source() = default;

  /// Readable when poll() may have something to say; -1: no descriptor, poll at will.
  [[nodiscard]] virtual int descriptor() const { return -1; }
  /// Always has a new picture: it is drawn when it is grabbed, and the frame clock alone decides
  /// when.
  [[nodiscard]] virtual bool continuous() const { return false; }
  /// Takes in what the descriptor brought, without blocking on it. A fault ends the source.
  virtual Result<SourceChange> poll() = 0;
  /// Tells of the next change too, though the one before was not grabbed.
  virtual void rearm() {}
  /// The present picture. Its memory is valid until another grab has succeeded: also while later
  /// ones fail, and for as long as this object lives. A fault ends the source.
  virtual Result<Grab> grab() = 0;
};

}  // namespace earthshine
