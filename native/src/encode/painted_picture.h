#pragma once

#include "convert/yuv_picture.h"

namespace earthshine {

/// Paints a picture in which nothing is as it was the turn before, as in a game that turns around:
/// what encoders are tried with.
void paint(YuvPicture& picture, int turn);

}  // namespace earthshine
