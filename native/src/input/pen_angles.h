#pragma once

namespace earthshine {

/// ABS_MT_ORIENTATION, −90…90, of a contact turned by 0…360 degrees from the vertical (protocol 3
/// §5): an ellipse looks the same after half a turn.
int touch_orientation(double rotation);

struct PenTilt {
  /// degrees, −90…90: towards the right and towards the user
  int x, y;
};

/// Tilt along the two axes of a pen that leans by `tilt` degrees from the vertical into the
/// direction `rotation` (protocol 3 §5).
PenTilt pen_tilt(double tilt, double rotation);

}  // namespace earthshine
