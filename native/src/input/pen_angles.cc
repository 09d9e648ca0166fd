#include "input/pen_angles.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace earthshine {

namespace {
constexpr double kRadians = std::numbers::pi / 180;
}

int touch_orientation(double rotation) {
  double angle = rotation;
  if (angle > 90 && angle < 270) angle = 180 - angle;
  if (angle > 90) angle -= 360;
  if (angle < -90) angle += 360;
  return std::clamp(static_cast<int>(std::lround(angle)), -90, 90);
}

PenTilt pen_tilt(double tilt, double rotation) {
  const double aside = std::sin(tilt * kRadians);
  const double up = std::cos(tilt * kRadians);
  const auto degrees = [up](double along) {
    return std::clamp(static_cast<int>(std::lround(std::atan2(along, up) / kRadians)), -90, 90);
  };
  return {degrees(std::sin(-rotation * kRadians) * aside),
          degrees(std::cos(-rotation * kRadians) * aside)};
}

}  // namespace earthshine
