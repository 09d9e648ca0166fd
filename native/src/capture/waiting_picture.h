#pragma once

#include "capture/canvas.h"

namespace earthshine {

/// What is shown instead of a source that is gone and left no picture: three dots on dark grey.
Canvas waiting_picture(int width, int height);

}  // namespace earthshine
